import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

const BOUNDS = [0.05, 0.1, 0.25] as const

/** What a fake pod has answered, and how. */
export interface Answered {
  readonly ok: number
  readonly failed?: number
  /** Seconds every one of them took. */
  readonly seconds?: number
  readonly classes?: Readonly<Record<string, number>>
}

/** A pod's counters behind a real `/metrics`, without a model: a test says what it has answered. */
export class FakePod {
  readonly pod: string
  readonly podTemplateHash: string
  /** Text to show in place of the metrics. */
  instead: string | undefined
  #port = 0
  #server: Server | undefined
  #ok = 0
  #failed = 0
  #buckets = BOUNDS.map(() => 0)
  #classes = new Map<string, number>()
  #startedSeconds = 0

  constructor(pod: string, podTemplateHash: string) {
    this.pod = pod
    this.podTemplateHash = podTemplateHash
  }

  get address(): string {
    return `127.0.0.1:${this.#port}`
  }

  get url(): string {
    return `http://${this.address}/metrics`
  }

  /** Starts a process with counters at 0; the same address as before, if there was one. */
  async start(): Promise<this> {
    this.#ok = 0
    this.#failed = 0
    this.#buckets = BOUNDS.map(() => 0)
    this.#classes = new Map()
    this.#startedSeconds = Date.now() / 1_000
    const server = createServer((_, response) => {
      response.setHeader('content-type', 'text/plain; version=0.0.4')
      response.end(this.instead ?? this.metrics())
    }).listen(this.#port, '127.0.0.1')
    await once(server, 'listening')
    this.#port = (server.address() as AddressInfo).port
    this.#server = server
    return this
  }

  async stop(): Promise<void> {
    const server = this.#server
    this.#server = undefined
    if (server === undefined) return
    const closed = once(server, 'close')
    server.close()
    server.closeAllConnections()
    await closed
  }

  answer({ ok, failed = 0, seconds = 0.01, classes = {} }: Answered): void {
    this.#ok += ok
    this.#failed += failed
    BOUNDS.forEach((bound, k) => (this.#buckets[k]! += seconds <= bound ? ok + failed : 0))
    for (const [name, count] of Object.entries(classes)) this.#classes.set(name, (this.#classes.get(name) ?? 0) + count)
  }

  metrics(): string {
    const total = this.#ok + this.#failed
    return [
      '# TYPE process_start_time_seconds gauge',
      `process_start_time_seconds ${this.#startedSeconds}`,
      '# TYPE inference_requests_total counter',
      ...(this.#ok > 0 ? [`inference_requests_total{endpoint="/predict",code="200"} ${this.#ok}`] : []),
      ...(this.#failed > 0 ? [`inference_requests_total{endpoint="/predict",code="500"} ${this.#failed}`] : []),
      '# TYPE inference_latency_seconds histogram',
      ...BOUNDS.map((bound, k) => `inference_latency_seconds_bucket{le="${bound}"} ${this.#buckets[k] ?? 0}`),
      `inference_latency_seconds_bucket{le="+Inf"} ${total}`,
      `inference_latency_seconds_sum ${total * 0.01}`,
      `inference_latency_seconds_count ${total}`,
      '# TYPE model_predictions_total counter',
      ...[...this.#classes].map(([name, count]) => `model_predictions_total{output="label",class="${name}"} ${count}`),
      '',
    ].join('\n')
  }
}
