import { bucketQuantile } from './buckets.ts'
import type { Budget } from './budget.ts'
import { rateEstimate } from './confidence.ts'
import { totalOf } from './counts.ts'
import type { CategoryCounts } from './dispersion.ts'
import { formatPercent, formatQuantile, formatSeconds } from './format.ts'
import { PROMOTION_RATIOS } from './grid.ts'
import { latencyBets, LATENCY_WEIGHTS, pastTail, rememberLatency, toleratedMultipliers } from './latency-bets.ts'
import { latencyLogE } from './latency-kernel.ts'
import { alignLatency, openLatencyLayout, type LatencyLayout } from './latency-layout.ts'
import { investMixture, openMixture, type MixtureState } from './mixture.ts'
import { requestsToClear } from './planning.ts'
import { openPromotion, promotionLogE, type Promotion } from './promotion.ts'
import { plannedGrowth } from './rate-comparison.ts'
import { learnScatter, observeScatter, scatterOf, startScatter } from './scatter.ts'
import { reportSignal, type Applicability } from './signal-report.ts'
import {
  chooseSlowBound,
  judgeSlow,
  placeOf,
  SLOW_MARGIN,
  slowerThan,
  type QuantileAim,
  type SlowBound,
} from './slow-bound.ts'
import type { Moment } from './step.ts'
import { logBoundSteps, tailCounts } from './tail-shape.ts'
import type { SignalReport } from './verdict.ts'
import type { Window } from './window.ts'

const LOG_WEIGHTS = LATENCY_WEIGHTS.map(Math.log)
/** Pods whose speed wanders by about a tenth scatter this much; 5 % would then be less than the noise between equals. */
const RESTLESS = 20
const RESTLESS_TOLERANCE = 1.1
/** Above this a service is bursty, and three windows instead of two are the least to decide. */
const BURSTY = 1.5
const BURSTY_CAP = 2 / 3
/** Tails outside these shares say too little about scatter. */
const SCATTER_SHARES = { least: 0.002, most: 0.9 } as const

/** Compares the distributions of latency. */
export interface LatencyComparisonPlan extends QuantileAim {
  readonly budget: Budget
  /** The canary's requests may take this many times as long. */
  readonly tolerance: number
  /** Whether the user chose the tolerance; the default is raised for services whose pods differ. */
  readonly fixedTolerance: boolean
}

export interface LatencyComparisonState {
  readonly layout: LatencyLayout
  readonly mixture: MixtureState
  readonly promotion: Promotion
  /** Null until enough of stable is known. */
  readonly slow: SlowBound | null
  /** Requests of the step on which both arms were compared. */
  readonly judged: number
}

export function openLatencyComparison(): LatencyComparisonState {
  return {
    layout: openLatencyLayout(),
    mixture: openMixture(),
    promotion: openPromotion(0, PROMOTION_RATIOS.length),
    slow: null,
    judged: 0,
  }
}

/**
 * The state after a window.
 *
 * @throws {InputError} when the arms' histograms have no bound in common
 */
export function compareLatencies(
  plan: LatencyComparisonPlan,
  before: LatencyComparisonState,
  window: Window,
  moment: Moment,
): LatencyComparisonState {
  const aligned = alignLatency(before.layout, window, moment.history, plan.maxSeconds)
  if (moment.history) return { ...before, layout: learnHistory(aligned.layout, aligned, moment.lastsMs) }
  const entered = before.promotion.step === moment.step ? before : enterStep(before, moment.step)
  const state = { ...entered, layout: aligned.layout }
  const { canary, stable } = aligned
  if (canary === null || stable === null) return state
  const counts = withTotals(canary, stable)
  if (counts.canaryRequests === 0 || counts.stableRequests === 0) {
    // Without both arms there is nothing to compare, but what stable shows still says how stable is.
    return { ...state, layout: { ...state.layout, shape: rememberLatency(state.layout.shape, canary, stable) } }
  }
  return judge(plan, state, counts, moment)
}

/** One window's counts per bucket and their totals. */
interface LatencyCounts {
  readonly canary: readonly number[]
  readonly stable: readonly number[]
  readonly canaryRequests: number
  readonly stableRequests: number
}

function withTotals(canary: readonly number[], stable: readonly number[]): LatencyCounts {
  return { canary, stable, canaryRequests: totalOf(canary), stableRequests: totalOf(stable) }
}

function learnHistory(
  layout: LatencyLayout,
  { stable, aa }: Pick<ReturnType<typeof alignLatency>, 'stable' | 'aa'>,
  lastsMs: number,
): LatencyLayout {
  const history = stable === null ? layout.shape.history : layout.shape.history.map((sum, k) => sum + stable[k]!)
  return {
    ...layout,
    shape: { ...layout.shape, history },
    scatter:
      aa === null
        ? layout.scatter
        : learnScatter(layout.scatter, tailCategories(withTotals(aa.canary, aa.stable)), lastsMs),
  }
}

function enterStep(state: LatencyComparisonState, step: number): LatencyComparisonState {
  return { ...state, promotion: openPromotion(step, PROMOTION_RATIOS.length), slow: null, judged: 0 }
}

function judge(
  plan: LatencyComparisonPlan,
  state: LatencyComparisonState,
  counts: LatencyCounts,
  moment: Moment,
): LatencyComparisonState {
  const { layout } = state
  const { canary, stable, canaryRequests, stableRequests } = counts
  const scatter = startScatter(layout.scatter)
  const dispersion = scatterOf(scatter)
  const { ratios, multipliers } = latencyBets(layout.shape, layout.bounds, toleranceAt(plan, layout))
  const bets = ratios.map((ratio) => latencyLogE(canary, stable, ratio, multipliers) / dispersion)
  const cap = dispersion <= BURSTY ? plan.budget.cap : BURSTY_CAP * plan.budget.cap
  const weight = canaryRequests / stableRequests
  return {
    ...promote(plan, state, counts, dispersion, moment.warm),
    layout: {
      ...layout,
      shape: rememberLatency(layout.shape, canary, stable),
      scatter: observeScatter(scatter, tailCategories(counts)),
      canary: layout.canary.map((sum, k) => sum + canary[k]!),
      stable: layout.stable.map((sum, k) => sum + weight * stable[k]!),
    },
    mixture: investMixture(state.mixture, LOG_WEIGHTS, bets, moment.step, cap),
    judged: state.judged + canaryRequests,
  }
}

/** Evidence for promotion; it begins anew where a coarser layout has lost the bound it was about. */
function promote(
  plan: LatencyComparisonPlan,
  { promotion, slow, layout }: LatencyComparisonState,
  { canary, stable, canaryRequests, stableRequests }: LatencyCounts,
  dispersion: number,
  warm: boolean,
): { readonly slow: SlowBound | null; readonly promotion: Promotion } {
  const kept = slow !== null && layout.bounds.includes(slow.seconds)
  const current = kept ? slow : chooseSlowBound(layout, plan, toleranceAt(plan, layout))
  const evidence = kept ? promotion : openPromotion(promotion.step, PROMOTION_RATIOS.length)
  if (current === null) return { slow: null, promotion: evidence }
  const window = {
    canaryRequests,
    stableRequests,
    canaryEvents: slowerThan(layout.bounds, canary, current.seconds),
    stableEvents: slowerThan(layout.bounds, stable, current.seconds),
  }
  return judgeSlow(current, evidence, window, dispersion, warm)
}

/** From stable against itself before the rollout, so that it is the same at every look. */
function toleranceAt(plan: LatencyComparisonPlan, { scatter }: LatencyLayout): number {
  if (plan.fixedTolerance) return plan.tolerance
  const restless = scatter.live ? scatter.dispersion.prior : scatterOf(scatter)
  return restless > RESTLESS ? RESTLESS_TOLERANCE : plan.tolerance
}

/** Counts above each bound; places at which nearly everything or hardly anything lies are left empty. */
function tailCategories({ canary, stable, canaryRequests, stableRequests }: LatencyCounts): CategoryCounts {
  const canaryTails = tailCounts(canary)
  const stableTails = tailCounts(stable)
  const requests = Math.max(canaryRequests + stableRequests, 1)
  for (let k = 0; k < canaryTails.length; k += 1) {
    const share = (canaryTails[k]! + stableTails[k]!) / requests
    if (share > SCATTER_SHARES.least && share < SCATTER_SHARES.most) continue
    canaryTails[k] = 0
    stableTails[k] = 0
  }
  return { canaryRequests, stableRequests, canary: canaryTails, stable: stableTails }
}

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

/** Standard deviations of excess from which on a bound tells more than the objective's. */
const TELLING = 3

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
