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

/** The log-odds of being slower than each bound, and their slope over the logarithm of the time. */
export interface TailCurve {
  readonly logOdds: readonly number[]
  readonly slopes: readonly number[]
}

/**
 * Takes the log-odds of the share of slower requests as linear in the logarithm of the time between two bounds. One bound
 * alone tells nothing about the slope; it is taken as 0.
 *
 * @param shares above each bound, strictly between 0 and 1
 * @param logSteps ln(bound k / bound k - 1) at index k; index 0 is not used
 */
export function tailCurve(shares: readonly number[], logSteps: readonly number[]): TailCurve {
  const logOdds = shares.map((share) => Math.log(share / (1 - share)))
  const slopes = logOdds.map((here, k) => (k === 0 ? 0 : (here - logOdds[k - 1]!) / logSteps[k]!))
  if (slopes.length > 1) slopes[0] = slopes[1]!
  return { logOdds, slopes }
}

/** Shares above each bound if every request took `factor` times as long. */
export function stretchTail({ logOdds, slopes }: TailCurve, factor: number): number[] {
  const logFactor = Math.log(factor)
  const shares = Array<number>(logOdds.length)
  let least = 0
  for (let k = shares.length - 1; k >= 0; k -= 1) {
    least = Math.max(least, 1 / (1 + Math.exp(slopes[k]! * logFactor - logOdds[k]!)))
    shares[k] = least
  }
  return shares
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
  const ratios = Array<number>(numerator.length)
  for (let k = 0; k < ratios.length; k += 1) ratios[k] = numerator[k]! / denominator[k]!
  const rising = isotonic(ratios, denominator)
  let mean = 0
  for (let k = 0; k < rising.length; k += 1) mean += rising[k]! * denominator[k]!
  for (let k = 0; k < rising.length; k += 1) rising[k] = rising[k]! / mean
  return rising
}
