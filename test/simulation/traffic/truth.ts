import type { Random } from '../../support/random.ts'
import { binomial, multinomial, poisson } from '../../support/sampling.ts'
import type { Arm, ShadowCounts, Window } from '#decision'

/** The windows of one simulated rollout, in order; all chance comes from the stream. */
export type Traffic = (random: Random) => Iterable<Window>

/** What one version really does; a part that is absent is not measured. */
export interface ArmTruth {
  /** Probability that a request fails. */
  readonly errorRate?: number
  /** Share of the requests in each latency bucket, the last one above all bounds. */
  readonly latency?: LatencyTruth
  /** Share of the predictions in each class, by the class's number. */
  readonly classes?: readonly number[]
}

export interface LatencyTruth {
  /** Upper bounds of the buckets in seconds, rising. */
  readonly bounds: readonly number[]
  /** One more than there are bounds. */
  readonly shares: readonly number[]
}

/** What comparing both versions on the same inputs would show. */
export interface ShadowTruth {
  readonly pairsPerSecond: number
  readonly disagreementRate: number
  /** Share of the pairs on which the canary alone fails; absent where paired errors are not measured. */
  readonly canaryOnlyErrorRate?: number
  readonly stableOnlyErrorRate?: number
}

/** Requests that arrive at random at a constant mean, each judged by itself. */
export function sampleArm(random: Random, meanRequests: number, truth: ArmTruth): Arm {
  const requests = poisson(random, meanRequests)
  const { errorRate, latency, classes } = truth
  return {
    requests,
    ...(errorRate !== undefined && { errors: binomial(random, requests, errorRate) }),
    ...(latency && { latency: { le: [...latency.bounds], counts: multinomial(random, requests, latency.shares) } }),
    ...(classes && { predictions: nameClasses(multinomial(random, requests, classes)) }),
  }
}

/** Counts by class name, as a source of evidence would give them; classes without a prediction are left out. */
export function nameClasses(counts: readonly number[]): Record<string, number> {
  const named: Record<string, number> = {}
  counts.forEach((count, k) => {
    if (count > 0) named[`class-${k}`] = count
  })
  return named
}

/** The pairs of one window. */
export function sampleShadow(random: Random, seconds: number, truth: ShadowTruth): ShadowCounts {
  const pairs = poisson(random, truth.pairsPerSecond * seconds)
  const { canaryOnlyErrorRate, stableOnlyErrorRate } = truth
  const disagreements = binomial(random, pairs, truth.disagreementRate)
  if (canaryOnlyErrorRate === undefined || stableOnlyErrorRate === undefined) return { pairs, disagreements }
  const [canaryOnlyErrors = 0, stableOnlyErrors = 0] = multinomial(random, pairs, [
    canaryOnlyErrorRate,
    stableOnlyErrorRate,
    1 - canaryOnlyErrorRate - stableOnlyErrorRate,
  ])
  return { pairs, disagreements, canaryOnlyErrors, stableOnlyErrors }
}

/** Both arms' counts together; parts that only one of them has are left out. */
export function addArms(a: Arm, b: Arm): Arm {
  return {
    requests: a.requests + b.requests,
    ...(a.errors !== undefined && b.errors !== undefined && { errors: a.errors + b.errors }),
    ...(a.latency &&
      b.latency && { latency: { le: a.latency.le, counts: addCounts(a.latency.counts, b.latency.counts) } }),
    ...(a.predictions && b.predictions && { predictions: addNamed(a.predictions, b.predictions) }),
  }
}

function addCounts(a: readonly number[], b: readonly number[]): number[] {
  return a.map((count, k) => count + (b[k] ?? 0))
}

function addNamed(a: Readonly<Record<string, number>>, b: Readonly<Record<string, number>>): Record<string, number> {
  const sum: Record<string, number> = { ...a }
  for (const [name, count] of Object.entries(b)) sum[name] = (sum[name] ?? 0) + count
  return sum
}
