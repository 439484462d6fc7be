import { execFile } from 'node:child_process'
import { promisify, stripVTControlCharacters } from 'node:util'

const run = promisify(execFile)

/** `kubectl ...` or `kubectl argo rollouts ...` in a namespace, as a user types it. */
export interface ClusterCli {
  /** Returns what it printed. */
  (namespace: string, ...args: string[]): Promise<string>
}

/** @param flags come before those of every call */
export function createClusterCli(program: string, flags: readonly string[]): ClusterCli {
  return async (namespace, ...args) => {
    const { stdout } = await run(program, [...flags, '--namespace', namespace, ...args], {
      timeout: 60_000,
      maxBuffer: 8 * 1024 * 1024,
    })
    return stripVTControlCharacters(stdout)
  }
}
