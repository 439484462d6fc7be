import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'

/** One address for all pods of the candidate, as a Kubernetes Service is. */
export interface CanaryService {
  /** For example `http://127.0.0.1:40123`. */
  readonly origin: string
  /** Which pods connections go to from now on, in turn; none refuses them. */
  route(origins: readonly string[]): void
  /** Breaks every connection. */
  close(): Promise<void>
}

/**
 * Opens the address before there are pods, so that stable's can be told where to send copies while the candidate's still start.
 * Like a Service it knows of connections only, and chooses a pod for each.
 */
export async function openCanaryService(): Promise<CanaryService> {
  const sockets = new Set<Socket>()
  let pods: readonly URL[] = []
  let turn = 0
  const server = createServer((client) => {
    const pod = pods[turn++ % Math.max(1, pods.length)]
    follow(client)
    if (pod === undefined) {
      client.destroy()
      return
    }
    const upstream = follow(connect({ host: pod.hostname, port: Number(pod.port), noDelay: true }))
    client.setNoDelay(true)
    client.pipe(upstream).pipe(client)
    client.on('close', () => upstream.destroy())
    upstream.on('close', () => client.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo

  return {
    origin: `http://127.0.0.1:${port}`,
    route: (origins) => {
      pods = origins.map((origin) => new URL(origin))
    },
    close: async () => {
      const closed = once(server, 'close')
      server.close()
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }

  function follow(socket: Socket): Socket {
    sockets.add(socket)
    // A broken connection is closed next, and that breaks the one behind it.
    socket.on('error', () => socket.destroy())
    socket.on('close', () => sockets.delete(socket))
    return socket
  }
}
