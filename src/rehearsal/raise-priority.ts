import { writeFileSync } from 'node:fs'
import { setPriority } from 'node:os'

/** As far above the usual 0 as leaves the system's own services room. */
const NICENESS = -10

/**
 * Asks the operating system to prefer a process, so that other programs on this machine disturb the latencies less. Usually only
 * root may; without the right everything works as well, on noisier numbers.
 *
 * Linux schedules sessions against each other before it looks at a process's own niceness (autogroups, man 7 sched), and every
 * server has a session of its own, so the session's niceness is set as well.
 *
 * @returns whether it was granted
 */
export function raisePriority(pid: number): boolean {
  try {
    setPriority(pid, NICENESS)
    writeFileSync(`/proc/${pid}/autogroup`, String(NICENESS))
    return true
  } catch (error) {
    if (EXPECTED.has(codeOf(error))) return false
    throw error
  }
}

/** Not allowed, no such feature on this system, or the process is gone. */
const EXPECTED: ReadonlySet<unknown> = new Set(['EACCES', 'EPERM', 'ENOENT', 'ESRCH', 'EAGAIN', 'EINVAL', 'EROFS'])

/** Node wraps what the system says to `setPriority` into an error of its own. */
function codeOf(error: unknown): unknown {
  if (!(error instanceof Error) || !('code' in error)) return undefined
  const { code } = error
  if (code !== 'ERR_SYSTEM_ERROR' || !('info' in error)) return code
  const { info } = error
  return typeof info === 'object' && info !== null && 'code' in info ? info.code : code
}
