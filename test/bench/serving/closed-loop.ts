import { connect } from 'node:net'

const HEADER_END = Buffer.from('\r\n\r\n')
const CONTENT_LENGTH = /^content-length: (\d+)\r?$/im

/** A load of requests, each connection sending its next one when the last is answered. */
export interface ClosedLoop {
  readonly port: number
  readonly path: string
  /** Bodies to send in turn by POST; GET without one where there is none. */
  readonly bodies: readonly string[]
  readonly connections: number
  readonly durationMs: number
}

/** What a load saw. */
export interface LoadResult {
  readonly answers: number
  readonly requestsPerSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
  /** Answers other than 200. */
  readonly failures: number
}

/**
 * Sends a closed loop of requests to a server on this machine. It writes ready-made bytes and looks only for the status and the
 * length of an answer, so that it costs the same few microseconds whichever server it measures.
 */
export async function runClosedLoop({ port, path, bodies, connections, durationMs }: ClosedLoop): Promise<LoadResult> {
  const target = `${path} HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\n`
  const requests = bodies.map((body) => {
    const headers = `content-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n`
    return Buffer.from(`POST ${target}${headers}\r\n${body}`)
  })
  if (requests.length === 0) requests.push(Buffer.from(`GET ${target}\r\n`))
  const latenciesMs: number[] = []
  let failures = 0
  let sent = 0
  const startMs = performance.now()
  const endMs = startMs + durationMs
  await Promise.all(Array.from({ length: connections }, connection))
  const seconds = (performance.now() - startMs) / 1_000
  latenciesMs.sort((a, b) => a - b)
  return {
    answers: latenciesMs.length,
    requestsPerSecond: latenciesMs.length / seconds,
    p50Ms: quantile(latenciesMs, 0.5),
    p99Ms: quantile(latenciesMs, 0.99),
    failures,
  }

  /** One connection until the time is over; it connects again where the server closes it. */
  async function connection(): Promise<void> {
    while (performance.now() < endMs) await untilClosed()
  }

  function untilClosed(): Promise<void> {
    return new Promise((resolve, reject) => {
      const socket = connect({ port, host: '127.0.0.1', noDelay: true })
      let sentMs = 0
      let received = Buffer.alloc(0)
      const send = () => {
        sentMs = performance.now()
        if (sentMs >= endMs) {
          socket.end()
          return
        }
        socket.write(requests[sent % requests.length]!)
        sent += 1
      }
      socket.on('connect', send)
      socket.on('data', (chunk) => {
        received = received.length === 0 ? chunk : Buffer.concat([received, chunk])
        const answer = readAnswer(received)
        if (answer === undefined) return
        latenciesMs.push(performance.now() - sentMs)
        if (!answer.ok) failures += 1
        received = received.subarray(answer.length)
        send()
      })
      socket.on('error', reject)
      socket.on('close', () => {
        resolve()
      })
    })
  }
}

/** The first answer in the bytes received so far; undefined while it is not complete. */
function readAnswer(received: Buffer): { readonly length: number; readonly ok: boolean } | undefined {
  const headerEnd = received.indexOf(HEADER_END)
  if (headerEnd === -1) return undefined
  const header = received.toString('latin1', 0, headerEnd)
  const length = headerEnd + HEADER_END.length + Number(CONTENT_LENGTH.exec(header)?.[1] ?? Number.NaN)
  if (Number.isNaN(length)) throw new Error(`Cannot measure: the answer has no content-length: ${header}`)
  return received.length >= length ? { length, ok: header.startsWith('HTTP/1.1 200') } : undefined
}

function quantile(sorted: readonly number[], q: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? Number.NaN
}
