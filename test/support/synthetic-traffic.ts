import type { Arm, Window } from '#decision'
import type { Random } from './random.ts'
import { normalTail } from './normal-tail.ts'
import { binomial, multinomial } from './sampling.ts'

/** How one version behaves. */
export interface Behaviour {
  /** Probability that a request fails. */
  readonly errors: number
  /** Median response time, seconds; the tail is that of a log-normal distribution. */
  readonly medianSeconds: number
  /** Probability of each class, adding up to 1. */
  readonly classes: Readonly<Record<string, number>>
}

/** Upper bounds of the latency buckets, seconds. */
const BOUNDS = [0.0005, 0.001, 0.0015, 0.002, 0.003, 0.004, 0.006, 0.01, 0.015, 0.025, 0.05, 0.1, 0.25]
/** Standard deviation of the logarithm of response times. */
const SPREAD = 0.42

/** One window of traffic: each request goes to the canary with probability `weight` percent, by its own draw. */
export function drawWindow(
  at: string,
  weight: number,
  requests: number,
  versions: { readonly stable: Behaviour; readonly canary: Behaviour },
  random: Random,
): Window {
  const toCanary = binomial(random, requests, weight / 100)
  const stable = drawArm(requests - toCanary, versions.stable, random)
  return weight === 0
    ? { at, weight, stable }
    : { at, weight, canary: drawArm(toCanary, versions.canary, random), stable }
}

function drawArm(requests: number, { errors, medianSeconds, classes }: Behaviour, random: Random): Arm {
  const failed = binomial(random, requests, errors)
  const names = Object.keys(classes)
  const counts = multinomial(random, requests - failed, Object.values(classes))
  return {
    requests,
    errors: failed,
    latency: { le: [...BOUNDS], counts: multinomial(random, requests, bucketShares(medianSeconds)) },
    predictions: Object.fromEntries(names.map((name, k) => [name, counts[k] ?? 0])),
  }
}

function bucketShares(medianSeconds: number): number[] {
  const tails = [1, ...BOUNDS.map((bound) => normalTail(Math.log(bound / medianSeconds) / SPREAD)), 0]
  return tails.slice(1).map((tail, k) => Math.max(0, (tails[k] ?? 1) - tail))
}
