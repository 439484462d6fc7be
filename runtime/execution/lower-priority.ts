import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { setPriority } from 'node:os'
import { platform } from 'node:process'

const LOWEST = 19

/** Fields of `/proc/<pid>/stat` behind the name, which may hold blanks: the 19th of all is the niceness (proc(5)). */
const NICE_FIELD = 16

/**
 * Lets the calling thread compute only when nobody else wants to. Linux keeps priorities by thread and lets everyone lower their
 * own (setpriority(2), proc(5) on `/proc/thread-self`); elsewhere threads have none, and nothing happens.
 */
export function lowerPriority(): void {
  if (platform !== 'linux') return
  const thread = readlinkSync('/proc/thread-self').split('/').at(-1)
  setPriority(Number(thread), LOWEST)
}

/**
 * How long the threads of the lowest priority have been ready to compute and got no processor, together and since they began,
 * milliseconds. Only ever rises while the threads stay. 0 where the system does not say (schedstat in proc(5)).
 */
export function processorWaitMs(): number {
  if (platform !== 'linux') return 0
  try {
    return readdirSync('/proc/self/task').reduce((sum, thread) => sum + waitOf(`/proc/self/task/${thread}`), 0)
  } catch {
    return 0
  }
}

function waitOf(folder: string): number {
  const stat = readFileSync(`${folder}/stat`, 'latin1')
  const niceness = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[NICE_FIELD]
  if (niceness !== String(LOWEST)) return 0
  const [, waitedNs] = readFileSync(`${folder}/schedstat`, 'latin1').split(' ')
  return Number(waitedNs) / 1e6
}
