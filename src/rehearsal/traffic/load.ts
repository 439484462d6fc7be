import type { Random } from './random.ts'
import type { Router } from './router.ts'

/** How often due requests are sent; bursts of a few milliseconds are what networks make of a stream anyway. */
const TICK_MS = 2

/**
 * When this process was held up for longer, the requests of that time are left out: sent all at once they would wait for one
 * another in the servers, and the wait would look like the servers' own.
 */
const MAX_BACKLOG_MS = 20

export interface LoadOptions {
  readonly router: Pick<Router, 'send' | 'expire'>
  /** Bodies to draw from; at least one. */
  readonly bodies: readonly string[]
  readonly requestsPerSecond: number
  readonly random: Random
  /** Milliseconds; only differences matter. */
  readonly now: () => number
}

/** Traffic that does not wait for answers. */
export interface Load {
  /** Percentage of requests, drawn one by one, that go to the candidate from now on. */
  setWeight(weight: number): void
  stop(): void
}

/**
 * Starts an open loop: requests arrive as a Poisson process, each with a body drawn with replacement, whatever the servers do.
 * A closed loop would send less to a slow candidate and so hide how slow it is.
 */
export function startLoad({ router, bodies, requestsPerSecond, random, now }: LoadOptions): Load {
  let weight = 0
  let nextMs = now() + gapMs()
  const timer = setInterval(tick, TICK_MS)

  return {
    setWeight: (percentage) => {
      weight = percentage
    },
    stop: () => {
      clearInterval(timer)
    },
  }

  function tick(): void {
    const nowMs = now()
    router.expire()
    if (nowMs - nextMs > MAX_BACKLOG_MS) nextMs = nowMs - MAX_BACKLOG_MS
    for (; nextMs <= nowMs; nextMs += gapMs()) {
      const arm = random() * 100 < weight ? 'canary' : 'stable'
      router.send(arm, bodies[Math.floor(random() * bodies.length)] ?? '')
    }
  }

  function gapMs(): number {
    return (-Math.log1p(-random()) / requestsPerSecond) * 1_000
  }
}
