import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

/** A process of this machine. */
export interface FoundProcess {
  readonly pid: number
  readonly commandLine: string
}

/** The processes whose command line contains a text; this one is never among them. */
export function processesWith(text: string): FoundProcess[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .flatMap((name) => {
      const commandLine = readCommandLine(name)
      return commandLine.includes(text) ? [{ pid: Number(name), commandLine }] : []
    })
}

/** Waits until no such process is left; false when some still are after the time limit. */
export async function goneWithin(limitMs: number, text: string): Promise<boolean> {
  for (let waitedMs = 0; waitedMs < limitMs; waitedMs += 50) {
    if (processesWith(text).length === 0) return true
    await sleep(50)
  }
  return processesWith(text).length === 0
}

/** Empty for a process that has just ended, or that is a zombie. */
function readCommandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ESRCH')) return ''
    throw error
  }
}
