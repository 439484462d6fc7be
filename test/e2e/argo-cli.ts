import { execFile } from 'node:child_process'
import { promisify, stripVTControlCharacters } from 'node:util'

const run = promisify(execFile)

/** `kubectl argo rollouts ...`, as a user types it. */
export interface ArgoCli {
  /** Returns what it printed. */
  (namespace: string, ...args: string[]): Promise<string>
}

export function createArgoCli(program: string, kubeconfig: string): ArgoCli {
  return async (namespace, ...args) => {
    const { stdout } = await run(program, ['--kubeconfig', kubeconfig, '--namespace', namespace, ...args], {
      timeout: 60_000,
      maxBuffer: 8 * 1024 * 1024,
    })
    return stripVTControlCharacters(stdout)
  }
}
