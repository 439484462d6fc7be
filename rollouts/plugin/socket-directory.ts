import { lstatSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { PluginProcess } from './plugin-process.ts'

const PREFIX = 'argo-plugin-'
/** A client dials within 60 s of the start, so a directory in use is never older for long. */
const STALE_AFTER_MS = 10 * 60 * 1000
/** sockaddr_un.sun_path has 108 bytes on Linux and 104 elsewhere, the final zero included. */
const MAX_SOCKET_PATH_BYTES = 103

type Owner = Pick<PluginProcess, 'pid' | 'uid' | 'isAlive' | 'nowMs'>

/** A directory of mode 0700 for the socket: there is no other protection, whoever can connect is the controller. */
export interface SocketDirectory {
  readonly socketPath: string
  remove(): void
}

/**
 * Makes the directory below `base` and removes those that killed processes left there.
 *
 * @throws Error if the base cannot be written, or its path is too long for a socket
 */
export function createSocketDirectory(base: string, owner: Owner): SocketDirectory {
  removeStale(base, owner)
  const path = mkdtempSync(join(base, `${PREFIX}${owner.pid}-`))
  const remove = (): void => {
    rmSync(path, { recursive: true, force: true })
  }
  const socketPath = join(path, 's')
  if (socketPath.length > MAX_SOCKET_PATH_BYTES) {
    remove()
    throw new Error(
      `Cannot create socket: path of ${socketPath.length} bytes is above ${MAX_SOCKET_PATH_BYTES}, received ${socketPath}`,
    )
  }
  return { socketPath, remove }
}

/**
 * Another container may share the directory and have process ids of its own, so a dead process alone proves nothing:
 * the directory must also be old. A process removes its own as soon as its client is connected.
 */
function removeStale(base: string, owner: Owner): void {
  for (const name of readdirSync(base)) {
    const pid = new RegExp(`^${PREFIX}(\\d+)-`).exec(name)?.[1]
    if (pid === undefined || owner.isAlive(Number(pid))) continue
    const path = join(base, name)
    try {
      const stats = lstatSync(path)
      const mine = stats.isDirectory() && (owner.uid === undefined || stats.uid === owner.uid)
      if (mine && owner.nowMs() - stats.mtimeMs > STALE_AFTER_MS) rmSync(path, { recursive: true, force: true })
    } catch {
      // Another plugin that starts now was faster, or it cannot be removed: neither is a reason not to start.
      continue
    }
  }
}
