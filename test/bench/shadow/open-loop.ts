import { setTimeout as sleep } from 'node:timers/promises'
import { Pool } from 'undici'
import type { Random } from '../../support/random.ts'

const TICK_MS = 1
const CONNECTIONS = 64

/** A load that comes whether or not answers do. */
export interface OpenLoop {
  readonly port: number
  readonly bodies: readonly string[]
  readonly requestsPerSecond: number
  readonly durationMs: number
  readonly random: Random
}

/** What a load saw; times from the moment at which a request was due. */
export interface OpenLoopResult {
  readonly requests: number
  readonly failures: number
  readonly p50Ms: number
  readonly p99Ms: number
}

/**
 * Sends requests to a server on this machine as a Poisson process. A closed loop would send less while the server is slow, and so
 * hide that it is; for the same reason a request's time begins when it was due, not when it was sent (Tene, How NOT to measure
 * latency, 2013).
 */
export async function runOpenLoop(load: OpenLoop): Promise<OpenLoopResult> {
  const { port, bodies, requestsPerSecond, durationMs, random } = load
  const pool = new Pool(`http://127.0.0.1:${port}`, { connections: CONNECTIONS })
  const latenciesMs: number[] = []
  const pending = new Set<Promise<void>>()
  let failures = 0
  const gapMs = () => (-Math.log1p(-random.uniform()) / requestsPerSecond) * 1_000
  const startMs = performance.now()
  const endMs = startMs + durationMs
  let dueMs = startMs + gapMs()
  while (dueMs < endMs) {
    for (; dueMs <= performance.now() && dueMs < endMs; dueMs += gapMs()) {
      const sent = send(dueMs, bodies[Math.floor(random.uniform() * bodies.length)]!)
      pending.add(sent)
      void sent.then(() => pending.delete(sent))
    }
    await sleep(TICK_MS)
  }
  await Promise.all(pending)
  await pool.close()
  latenciesMs.sort((a, b) => a - b)
  return {
    requests: latenciesMs.length,
    failures,
    p50Ms: quantile(latenciesMs, 0.5),
    p99Ms: quantile(latenciesMs, 0.99),
  }

  async function send(atMs: number, body: string): Promise<void> {
    const response = await pool.request({ path: '/predict', method: 'POST', body })
    await response.body.dump()
    latenciesMs.push(performance.now() - atMs)
    if (response.statusCode !== 200) failures += 1
  }
}

function quantile(sorted: readonly number[], q: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? Number.NaN
}
