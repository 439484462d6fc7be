import type { Random } from './random.ts'
import { openRouter } from './router.ts'
import type { ArmSide } from './router-counts.ts'

/** Requests that one arm works on at a time. */
const CONCURRENCY = 8

const EXPIRY_MS = 100

export interface WarmUpOptions {
  readonly pods: Readonly<Record<ArmSide, readonly string[]>>
  readonly bodies: readonly string[]
  /** Requests to each pod. */
  readonly requestsPerPod: number
  /** Longest time for all of it, milliseconds. */
  readonly limitMs: number
  readonly random: Random
  readonly now: () => number
  readonly signal: AbortSignal
}

/**
 * Sends both arms the same number of requests before anything counts. A process that has just started is slower for its first
 * few hundred requests, and stable has been running for long where a canary begins: without this every candidate would look
 * slow at first.
 */
export async function warmUp(options: WarmUpOptions): Promise<void> {
  const { pods, bodies, requestsPerPod, limitMs, random, now, signal } = options
  const router = openRouter({
    pods,
    path: '/predict',
    timeoutMs: limitMs,
    connections: CONCURRENCY,
    maxInFlight: CONCURRENCY * Math.max(pods.stable.length, pods.canary.length),
    isError: () => false,
    now,
  })
  const endMs = now() + limitMs
  const expiry = setInterval(() => {
    router.expire()
  }, EXPIRY_MS)
  // Requests under way end at once when the router closes.
  const stop = (): void => void router.close()
  signal.addEventListener('abort', stop)
  try {
    await Promise.all((['stable', 'canary'] as const).map(warmArm))
  } finally {
    signal.removeEventListener('abort', stop)
    clearInterval(expiry)
    await router.close()
  }

  async function warmArm(arm: ArmSide): Promise<void> {
    let left = requestsPerPod * pods[arm].length
    const lane = async (): Promise<void> => {
      while (left-- > 0 && now() < endMs) {
        signal.throwIfAborted()
        const body = bodies[Math.floor(random() * bodies.length)] ?? ''
        await new Promise((resolve) => {
          router.send(arm, body, resolve)
        })
      }
    }
    await Promise.all(Array.from({ length: CONCURRENCY * pods[arm].length }, lane))
  }
}
