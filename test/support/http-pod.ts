import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** Answers one request, given its body. */
export type Answer = (response: ServerResponse, body: string) => unknown

/** A small HTTP server in a pod's place. */
export interface HttpPod {
  readonly origin: string
  /** Bodies in the order of their arrival. */
  readonly bodies: readonly string[]
  close(): Promise<void>
}

/** Listens on a free port; answers 200 with an empty object unless told otherwise. */
export async function openHttpPod(answer: Answer = (response) => response.end('{}')): Promise<HttpPod> {
  const bodies: string[] = []
  const server = createServer((request, response) => {
    void readBody(request).then((body) => {
      bodies.push(body)
      answer(response, body)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    bodies,
    async close() {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}

async function readBody(request: IncomingMessage): Promise<string> {
  let body = ''
  request.setEncoding('utf8')
  request.on('data', (chunk: string) => (body += chunk))
  await once(request, 'end')
  return body
}
