import { once } from 'node:events'
import {
  createServer as createHttpServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http'
import { createServer as createHttpsServer, type ServerOptions } from 'node:https'
import type { AddressInfo } from 'node:net'

/** What a server that pretends to be Prometheus was asked. */
export interface Question {
  readonly path: string
  readonly params: URLSearchParams
  readonly headers: IncomingMessage['headers']
}

/** Plays the faults that a real Prometheus does not show on demand. */
export class StubPrometheus {
  readonly address: string
  readonly questions: Question[] = []
  /** Answers the next questions. */
  answer: (question: Question, response: ServerResponse) => void = (_, response) => {
    respond(response, 200, matrixOf([]))
  }
  readonly #server: Server

  private constructor(server: Server, address: string) {
    this.#server = server
    this.address = address
  }

  /** @param tls certificates to serve with, or nothing for plain HTTP */
  static async start(tls?: ServerOptions): Promise<StubPrometheus> {
    const held: { stub: StubPrometheus | undefined } = { stub: undefined }
    const listener: RequestListener = (request, response) => {
      const url = new URL(request.url ?? '/', 'http://stub')
      const question = { path: url.pathname, params: url.searchParams, headers: request.headers }
      held.stub?.questions.push(question)
      held.stub?.answer(question, response)
    }
    const server = (tls === undefined ? createHttpServer(listener) : createHttpsServer(tls, listener)).listen(
      0,
      '127.0.0.1',
    )
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    held.stub = new StubPrometheus(server, `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`)
    return held.stub
  }

  async stop(): Promise<void> {
    const closed = once(this.#server, 'close')
    this.#server.close()
    this.#server.closeAllConnections()
    await closed
  }
}

/** One series of an answer: labels, then samples of seconds and value. */
export interface StubSeries {
  readonly metric: Readonly<Record<string, string>>
  readonly values: readonly (readonly [number, string])[]
}

export function matrixOf(result: readonly StubSeries[]): object {
  return { status: 'success', data: { resultType: 'matrix', result } }
}

export function respond(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(typeof body === 'string' ? body : JSON.stringify(body))
}
