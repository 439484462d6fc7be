import { spawn, type ChildProcess } from 'node:child_process'
import { closeSync, mkdirSync, openSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

/** A program that the suite started. */
export interface StartedProcess {
  readonly name: string
  readonly pid: number
  /** File with everything it wrote, unless its standard output is a pipe. */
  readonly logPath: string
  readonly child: ChildProcess
  /** Settles with the exit code, or null after a signal. */
  readonly ended: Promise<number | null>
}

/** How a program is started. */
export interface StartOptions {
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
  /** Leaves standard output to the caller; standard error still goes to the log. */
  readonly pipeStdout?: boolean
}

/** Every process of the suite, so that none outlives it. */
export interface ProcessTable {
  start(name: string, command: string, args: readonly string[], options?: StartOptions): StartedProcess
  /** Sends a signal and waits for the end; SIGKILL after `graceMs`. */
  stop(process: StartedProcess, signal?: NodeJS.Signals, graceMs?: number): Promise<void>
  /** Kills everything at once, the children of the children included. */
  killAll(): void
}

/** @param logFolder where each process gets a log file of its own */
export function createProcessTable(logFolder: string): ProcessTable {
  mkdirSync(logFolder, { recursive: true })
  const alive = new Map<number, StartedProcess>()
  /** Plugins outlive a controller that was killed; they are remembered while their parent still names them. */
  const orphans = new Set<number>()
  let count = 0

  return {
    start(name, command, args, { cwd, env, pipeStdout = false } = {}) {
      const logPath = join(logFolder, `${String(++count).padStart(3, '0')}-${name}.log`)
      const log = openSync(logPath, 'a')
      const child = spawn(command, args, {
        cwd,
        env: { ...process.env, ...env },
        stdio: ['ignore', pipeStdout ? 'pipe' : log, log],
      })
      closeSync(log)
      const ended = new Promise<number | null>((resolve, reject) => {
        child.once('error', (cause) => {
          reject(new Error(`Cannot start '${name}': ${cause.message}`, { cause }))
        })
        child.once('exit', (code) => {
          alive.delete(child.pid ?? -1)
          resolve(code)
        })
      })
      ended.catch((error: unknown) => error)
      const started = { name, pid: child.pid ?? -1, logPath, child, ended }
      if (child.pid !== undefined) alive.set(child.pid, started)
      return started
    },

    async stop(started, signal = 'SIGTERM', graceMs = 10_000) {
      for (const pid of childrenOf(started.pid)) orphans.add(pid)
      started.child.kill(signal)
      const timer = setTimeout(() => started.child.kill('SIGKILL'), graceMs)
      await started.ended
      clearTimeout(timer)
    },

    killAll() {
      const pids = [...alive.keys()].flatMap((pid) => [pid, ...childrenOf(pid)])
      for (const pid of [...pids, ...orphans]) killIfAlive(pid)
    },
  }
}

/** Direct children of a process, from /proc; none where there is no /proc. */
export function childrenOf(pid: number): number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).flatMap((task) =>
      readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').split(' ').filter(Boolean).map(Number),
    )
  } catch (error) {
    if (isMissing(error)) return []
    throw error
  }
}

function killIfAlive(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch (error) {
    if (!isMissing(error)) throw error
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ESRCH')
}
