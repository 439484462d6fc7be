import { isotonic } from './isotonic.ts'

/** Smallest probability of a bucket, so that ratios of densities stay finite. */
const FLOOR = 1e-6

/** Counts above each finite bound: bucket k + 1 and everything slower. */
export function tailCounts(counts: readonly number[]): number[] {
  const tails = Array<number>(counts.length - 1)
  let above = 0
  for (let k = counts.length - 1; k > 0; k -= 1) {
    above += counts[k]!
    tails[k - 1] = above
  }
  return tails
}

/** Raises earlier values until none is below a later one. */
export function nonincreasing(values: readonly number[]): number[] {
  const raised = [...values]
  for (let k = raised.length - 2; k >= 0; k -= 1) raised[k] = Math.max(raised[k]!, raised[k + 1]!)
  return raised
}

/**
 * Shares above each bound if every request took `factor` times as long. The log-odds of the share are taken as linear in the
 * logarithm of the time between two bounds; one bound alone tells nothing about the slope and is left as it is.
 *
 * @param shares strictly between 0 and 1
 * @param logSteps ln(bound k / bound k - 1) at index k; index 0 is not used
 */
export function stretchTail(shares: readonly number[], logSteps: readonly number[], factor: number): number[] {
  if (shares.length < 2) return [...shares]
  const logFactor = Math.log(factor)
  const logOdds = shares.map((share) => Math.log(share) - Math.log1p(-share))
  const stretched = logOdds.map((here, k) => {
    const j = Math.max(k, 1)
    const slope = (logOdds[j]! - logOdds[j - 1]!) / logSteps[j]!
    return 1 / (1 + Math.exp(slope * logFactor - here))
  })
  return nonincreasing(stretched)
}

/** ln(bound k / bound k - 1), with 0 at index 0; bounds are positive and rising. */
export function logBoundSteps(bounds: readonly number[]): number[] {
  return bounds.map((bound, k) => (k === 0 ? 0 : Math.log(bound / bounds[k - 1]!)))
}

/** Probability of each bucket from the shares above the bounds. */
export function density(shares: readonly number[]): number[] {
  const buckets = Array<number>(shares.length + 1)
  let above = 1
  for (let k = 0; k < shares.length; k += 1) {
    buckets[k] = above - shares[k]! + FLOOR
    above = shares[k]!
  }
  buckets[shares.length] = above + FLOOR
  return buckets
}

/** Nondecreasing ratio of two densities whose mean under the second is 1. */
export function risingRatio(numerator: readonly number[], denominator: readonly number[]): number[] {
  const rising = isotonic(
    numerator.map((value, k) => value / denominator[k]!),
    denominator,
  )
  const mean = rising.reduce((sum, value, k) => sum + value * denominator[k]!, 0)
  return rising.map((value) => value / mean)
}
