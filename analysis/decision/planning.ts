import { PROMOTION_RATIOS } from './grid.ts'

/** Added at the start for the scatter of the evidence and the price of betting on a grid, nats. */
const START_ALLOWANCE = 1.5
/** Beyond this a figure is no plan. */
const MOST_REQUESTS = 1e9

/**
 * More requests until evidence is expected to reach `needed`.
 *
 * @param promote log evidence now
 * @param growth expected log evidence per canary request at the present estimates
 * @returns null when it is not expected to grow
 */
export function requestsToClear(promote: number, needed: number, growth: number): number | null {
  if (promote >= needed) return 0
  const progress = Math.min(Math.max(promote / needed, 0), 1)
  const requests = (needed - promote + START_ALLOWANCE * (1 - progress)) / growth
  return growth > 0 && requests <= MOST_REQUESTS ? Math.ceil(requests) : null
}

/**
 * Expected log evidence per canary request for "canary rate < tolerance * stable rate + margin", of the best bet.
 *
 * @param stablePerCanary stable's requests per canary request
 */
export function comparisonGrowth(
  canaryRate: number,
  stableRate: number,
  stablePerCanary: number,
  tolerance: number,
  margin: number,
): number {
  let best = 0
  for (const fraction of PROMOTION_RATIOS) {
    const ratio = tolerance * fraction
    const logStable = Math.log((tolerance + stablePerCanary) / (ratio + stablePerCanary))
    const logCanary = Math.log(fraction) + logStable
    const growth = canaryRate * logCanary + stablePerCanary * stableRate * logStable - Math.expm1(logCanary) * margin
    best = Math.max(best, growth)
  }
  return best
}

/** Expected log evidence per request for "rate < limit", of the best bet. */
export function limitGrowth(rate: number, limit: number): number {
  let best = 0
  for (const fraction of PROMOTION_RATIOS) {
    const growth = rate * Math.log(fraction) + (1 - rate) * Math.log((1 - limit * fraction) / (1 - limit))
    best = Math.max(best, growth)
  }
  return best
}
