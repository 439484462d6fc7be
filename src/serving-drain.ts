import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import { setImmediate as nextTick, setTimeout as sleep } from 'node:timers/promises'
import type { InferenceApp } from '#runtime'

/** Times of a drain. */
export interface DrainOptions {
  /** How long to go on serving while load balancers notice that the server is no longer ready. */
  readonly drainDelayMs: number
  /** How long what is under way may take after that. */
  readonly drainTimeoutMs: number
}

/**
 * Watches a server's connections from its start, so that it can be drained later.
 *
 * @returns the drain, to be called once: readiness goes first, so that load balancers look elsewhere; then nothing new is
 *   accepted and what is under way is answered. False when requests were cut off at the deadline
 */
export function prepareDrain(app: InferenceApp, options: DrainOptions): () => Promise<boolean> {
  const { server } = app.server
  const unused = trackUnusedConnections(server)
  return async () => {
    app.phase = 'draining'
    if (options.drainDelayMs > 0) await sleep(options.drainDelayMs)
    const finished = new AbortController()
    const late = sleep(options.drainTimeoutMs, false, { signal: finished.signal }).catch(() => true)
    await Promise.race([acceptWaiting(server), late])
    for (const socket of unused) if (socket.bytesRead === 0) socket.destroy()
    const closed = app.server.close().then(() => true)
    const inTime = await Promise.race([closed, late])
    finished.abort()
    if (!inTime) server.closeAllConnections()
    await closed
    return inTime
  }
}

/** Connections that never carried a request. Node counts them as busy, and a drain would wait for them in vain. */
function trackUnusedConnections(server: Server): ReadonlySet<Socket> {
  const unused = new Set<Socket>()
  server.on('connection', (socket) => {
    unused.add(socket)
    socket.once('close', () => unused.delete(socket))
  })
  server.on('request', ({ socket }) => unused.delete(socket))
  return unused
}

/**
 * Accepts the connections that wait in the kernel, whose requests closing the port would lose. libuv takes one a turn of the
 * event loop, so a server that is busy with runs of a slow model has many of them.
 */
async function acceptWaiting(server: Server): Promise<void> {
  let accepted = 0
  const count = () => {
    accepted += 1
  }
  server.on('connection', count)
  for (let before = -1; accepted > before;) {
    before = accepted
    // Two callbacks, because the first may come before the turn's polling for connections.
    await nextTick()
    await nextTick()
  }
  server.off('connection', count)
}
