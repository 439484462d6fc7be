/** Largest part of the room in which every factor stays positive. */
const USABLE_ROOM = 0.95

/**
 * Log e-value of one window of two latency histograms against "for every bound, the canary's share of slower requests is at
 * most multiplier times stable's". One-sided: a faster canary loses wealth.
 *
 * Proof sketch: with nondecreasing x, summation by parts gives E_canary[x] <= E_stable[phi] =: B under the null, and by the
 * weighted inequality of means E <= B^n_a ((1 - theta B)/(1 - theta))^n_b <= 1. No approximation of rare events is involved,
 * so nothing is lost where most requests are slow. With all multipliers 1 this is the two-sample e-variable of Turner, Ly
 * and Grünwald (arXiv 2106.02693) for stochastic order.
 *
 * @param canary counts per bucket, slowest last; `stable` likewise
 * @param ratios the bet: how many times likelier each bucket is for the canary; positive, nondecreasing, chosen beforehand
 * @param multipliers one per bound, at least 1; null when all are 1
 * @returns 0 where one arm had no requests
 */
export function latencyLogE(
  canary: readonly number[],
  stable: readonly number[],
  ratios: readonly number[],
  multipliers: readonly number[] | null,
): number {
  let canaryRequests = 0
  let stableRequests = 0
  for (let k = 0; k < canary.length; k += 1) {
    canaryRequests += canary[k]!
    stableRequests += stable[k]!
  }
  if (canaryRequests <= 0 || stableRequests <= 0) return 0
  const split = canaryRequests / (canaryRequests + stableRequests)
  const logRest = Math.log1p(-split)
  const shrink = multipliers === null ? 1 : stakeThatFits(ratios, multipliers, split)
  let factor = 0
  let bound = 0
  let logE = 0
  for (let k = 0; k < ratios.length; k += 1) {
    const next = canaryFactor(ratios[k]!, split)
    bound = k === 0 ? next : bound + (multipliers === null ? 1 : multipliers[k - 1]!) * (next - factor)
    factor = next
    const h = canary[k]!
    const g = stable[k]!
    if (h !== 0) logE += h * Math.log(1 + shrink * (factor - 1))
    if (g !== 0) logE += g * (Math.log1p(-split * (1 + shrink * (bound - 1))) - logRest)
  }
  return logE
}

function canaryFactor(ratio: number, split: number): number {
  return ratio / (1 + split * (ratio - 1))
}

/** Multipliers above 1 can make stable's factor negative in the slowest bucket; a smaller stake keeps it positive. */
function stakeThatFits(ratios: readonly number[], multipliers: readonly number[], split: number): number {
  let factor = canaryFactor(ratios[0]!, split)
  let bound = factor
  for (let k = 1; k < ratios.length; k += 1) {
    const next = canaryFactor(ratios[k]!, split)
    bound += multipliers[k - 1]! * (next - factor)
    factor = next
  }
  const room = (USABLE_ROOM * (1 - split)) / split
  return bound - 1 > room ? room / (bound - 1) : 1
}
