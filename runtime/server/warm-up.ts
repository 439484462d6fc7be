import type { FastifyInstance } from 'fastify'
import { sampleFeeds } from '../model/sample-feeds.ts'
import type { Signature } from '../model/signature.ts'
import { tensorJson } from '../model/tensor-json.ts'

/** As many requests as V8 needs to compile the path of a request; more do not make it faster. */
const MAX_REQUESTS = 2_000

/** Requests at once, so that batches are warm too. */
const CONCURRENCY = 16

/** How long a warm-up may take, and the clock that measures it. */
export interface WarmUpOptions {
  readonly limitMs: number
  now(): number
}

/** How a warm-up went. */
export interface WarmUp {
  readonly requests: number
  /** Requests that the model answered; the made-up inputs may lie outside of what it can take. */
  readonly answered: number
}

/**
 * Sends made-up requests through the server's own routes, without a socket, until its code is compiled and the model's
 * memory is mapped: the first users of a cold server wait five times longer.
 */
export async function warmUp(server: FastifyInstance, signature: Signature, options: WarmUpOptions): Promise<WarmUp> {
  const bodies = sampleBodies(signature)
  const endsAtMs = options.now() + options.limitMs
  let requests = 0
  let answered = 0
  const send = async (): Promise<void> => {
    while (requests < MAX_REQUESTS && options.now() < endsAtMs) {
      const payload = bodies[requests % bodies.length]!
      requests += 1
      const { statusCode } = await server.inject({ method: 'POST', url: '/predict', payload })
      if (statusCode === 200) answered += 1
    }
  }
  if (bodies.length > 0) await Promise.all(Array.from({ length: CONCURRENCY }, send))
  return { requests, answered }
}

function sampleBodies(signature: Signature): string[] {
  return [0, 1, 2, 3].flatMap((variant) => {
    const feeds = sampleFeeds(signature, variant)
    if (feeds === undefined) return []
    const inputs = signature.inputs.map(({ name }, i) => `${JSON.stringify(name)}:${tensorJson(feeds[i]!)}`)
    return [`{"inputs":{${inputs.join(',')}}}`]
  })
}
