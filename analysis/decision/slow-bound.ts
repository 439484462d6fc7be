import { nearestBound } from './buckets.ts'
import { totalOf } from './counts.ts'
import { pastTail, toleratedMultipliers } from './latency-bets.ts'
import type { LatencyLayout } from './latency-layout.ts'
import { addToPromotion, type Promotion } from './promotion.ts'
import { addRateCounts, promotionBets } from './rate-comparison.ts'
import { logBoundSteps } from './tail-shape.ts'
import type { RateCounts } from './two-sample-kernel.ts'

/** The share of slow requests may be this many times stable's plus this fraction, or what the tolerance of times allows. */
const TOLERANCE = 1.25
export const SLOW_MARGIN = 0.005
/** Stable requests that must be known before a bound is chosen. */
const LEAST_KNOWN = 20

/** What promotion compares in one step: the shares of requests slower than one bound. */
export interface SlowBound {
  readonly seconds: number
  /** The canary's share may be this many times stable's, plus the margin. */
  readonly tolerance: number
  /** Raw counts of the step. */
  readonly counts: RateCounts
}

/** Where the quantile is looked for: its objective, or null for stable's own. */
export interface QuantileAim {
  readonly quantile: number
  readonly maxSeconds: number | null
}

/** Chooses the bound nearest to the objective, or to stable's quantile, from the past alone; null while too little is known. */
export function chooseSlowBound(layout: LatencyLayout, aim: QuantileAim, timeTolerance: number): SlowBound | null {
  const { bounds, shape } = layout
  if (totalOf(shape.history) < LEAST_KNOWN) return null
  const tail = pastTail(shape.history)
  const place = placeOf(bounds, tail, aim)
  const multipliers = toleratedMultipliers(tail, logBoundSteps(bounds), timeTolerance)
  return {
    seconds: bounds[place]!,
    tolerance: Math.max(TOLERANCE, multipliers?.[place] ?? 1),
    counts: { canaryRequests: 0, stableRequests: 0, canaryEvents: 0, stableEvents: 0 },
  }
}

/** @param tail stable's past share above each bound */
export function placeOf(
  bounds: readonly number[],
  tail: readonly number[],
  { quantile, maxSeconds }: QuantileAim,
): number {
  return maxSeconds === null ? nearestBound(tail, 1 - quantile) : nearestBound(bounds, maxSeconds)
}

/** Requests slower than a bound. */
export function slowerThan(bounds: readonly number[], counts: readonly number[], seconds: number): number {
  let slower = 0
  for (let k = bounds.indexOf(seconds) + 1; k < counts.length; k += 1) slower += counts[k]!
  return slower
}

/** Adds a window to the step's evidence for promotion, unless the canary is still warming up. */
export function judgeSlow(
  slow: SlowBound,
  promotion: Promotion,
  window: RateCounts,
  dispersion: number,
  warm: boolean,
): { readonly slow: SlowBound; readonly promotion: Promotion } {
  return {
    slow: { ...slow, counts: addRateCounts(slow.counts, window) },
    promotion: warm
      ? addToPromotion(promotion, promotionBets(window, slow.tolerance, SLOW_MARGIN), dispersion)
      : promotion,
  }
}
