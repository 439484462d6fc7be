import { bucketQuantile } from './buckets.ts'
import { rateEstimate } from './confidence.ts'
import { totalOf } from './counts.ts'
import { formatPercent, formatQuantile, formatSeconds } from './format.ts'
import { pastTail, toleratedMultipliers } from './latency-bets.ts'
import { toleranceAt, type LatencyComparisonPlan, type LatencyComparisonState } from './latency-comparison.ts'
import type { LatencyLayout } from './latency-layout.ts'
import { requestsToClear } from './planning.ts'
import { promotionLogE } from './promotion.ts'
import { plannedGrowth } from './rate-comparison.ts'
import { scatterOf } from './scatter.ts'
import { reportSignal, type Applicability } from './signal-report.ts'
import { placeOf, SLOW_MARGIN, slowerThan } from './slow-bound.ts'
import { logBoundSteps, tailCounts } from './tail-shape.ts'
import type { SignalReport } from './verdict.ts'

/** Standard deviations of excess from which on a bound tells more than the objective's. */
const TELLING = 3

export function reportLatencyComparison(
  plan: LatencyComparisonPlan,
  state: LatencyComparisonState,
  applicability: Applicability,
): SignalReport {
  const { layout, slow } = state
  const dispersion = scatterOf(layout.scatter)
  const promote = promotionLogE(state.promotion)
  const cleared = promote >= plan.budget.clearAt
  const canary = bucketQuantile(layout.bounds, layout.canary, plan.quantile)
  const stable = bucketQuantile(layout.bounds, layout.stable, plan.quantile)
  const shares = slowShares(plan, state, dispersion)
  const growth = slow === null ? 0 : plannedGrowth(slow.counts, slow.tolerance, SLOW_MARGIN) / dispersion
  return reportSignal(
    plan.budget,
    {
      logE: state.mixture.logE,
      promote,
      cleared,
      judged: state.judged,
      canary,
      stable,
      estimate: shares?.estimate ?? null,
      limit: shares?.limit ?? 0,
      phi: dispersion,
      missing: cleared || growth === 0 ? null : requestsToClear(promote, plan.budget.clearAt, growth),
      text:
        canary === null || stable === null || shares === null
          ? 'no latencies were measured on both arms'
          : `canary takes ${formatSeconds(canary)} at ${formatQuantile(plan.quantile)}, stable ${formatSeconds(stable)}; ` +
            `above ${formatSeconds(shares.seconds)} are ${formatPercent(shares.estimate.value)} of its requests, ` +
            `stable ${formatPercent(shares.stable)}, tolerated ${shares.limit === 0 ? 'none' : formatPercent(shares.limit)}`,
    },
    applicability,
  )
}

/** Shares slower than one bound since the rollout began, and what is tolerated there. */
function slowShares(plan: LatencyComparisonPlan, { layout, slow }: LatencyComparisonState, dispersion: number) {
  const requests = totalOf(layout.canary)
  if (requests === 0) return null
  const tail = pastTail(layout.shape.history)
  const multipliers = toleratedMultipliers(tail, logBoundSteps(layout.bounds), toleranceAt(plan, layout))
  const usual = slow?.seconds ?? layout.bounds[placeOf(layout.bounds, tail, plan)]!
  const seconds = tellingBound(layout, multipliers) ?? usual
  const estimate = rateEstimate(slowerThan(layout.bounds, layout.canary, seconds), requests, dispersion)
  if (estimate === null) return null
  const stable = slowerThan(layout.bounds, layout.stable, seconds) / requests
  const multiplier = multipliers?.[layout.bounds.indexOf(seconds)] ?? 1
  return { seconds, estimate, stable, limit: Math.min(multiplier * stable, 1) }
}

/** The bound at which the canary exceeds what is tolerated most clearly, in seconds; undefined while none stands out. */
function tellingBound(layout: LatencyLayout, multipliers: readonly number[] | null): number | undefined {
  const canary = tailCounts(layout.canary)
  const stable = tailCounts(layout.stable)
  const excess = layout.bounds.map((_, k) => {
    const tolerated = (multipliers?.[k] ?? 1) * stable[k]!
    return (canary[k]! - tolerated) / Math.sqrt(Math.max(canary[k]! + tolerated, 1))
  })
  const most = Math.max(...excess)
  return most < TELLING ? undefined : layout.bounds[excess.indexOf(most)]
}
