import { spawnSync } from 'node:child_process'

/** A command line that runs another one apart from the machine, or beside it where the machine does not allow that. */
export interface Isolation {
  readonly text: string
  wrap(command: string, args: readonly string[]): { readonly command: string; readonly args: readonly string[] }
}

/**
 * A network of its own, because the controller listens on all addresses, and process ids of its own, because then nothing
 * can outlive the suite: when the first process dies, the kernel ends the rest.
 */
const NAMESPACES = ['--net', '--pid', '--fork', '--kill-child', '--mount-proc']
const SCRIPT = 'ip link set lo up && "$@"; exit $?'

export function chooseIsolation(): Isolation {
  for (const rights of [[], ['--map-root-user']]) {
    const flags = [...rights, ...NAMESPACES]
    if (spawnSync('unshare', [...flags, 'sh', '-c', 'ip link set lo up']).status !== 0) continue
    return {
      text: 'in a network and process namespace of its own',
      // The shell stays as the first process, because it takes in orphans and Node does not.
      wrap: (command, args) => ({ command: 'unshare', args: [...flags, 'sh', '-c', SCRIPT, 'sh', command, ...args] }),
    }
  }
  return {
    text: 'on the loopback network of this machine, which allows no namespaces',
    wrap: (command, args) => ({ command, args }),
  }
}
