import { bucketQuantile, nearestBound } from './buckets.ts'
import type { Budget } from './budget.ts'
import { rateEstimate } from './confidence.ts'
import { formatPercent, formatQuantile, formatSeconds } from './format.ts'
import { PROMOTION_RATIOS } from './grid.ts'
import { latencyBets, LATENCY_WEIGHTS, pastTail, rememberLatency, toleratedMultipliers } from './latency-bets.ts'
import { latencyLogE } from './latency-kernel.ts'
import { alignLatency, openLatencyLayout, type LatencyLayout } from './latency-layout.ts'
import { investMixture, openMixture, type MixtureState } from './mixture.ts'
import { requestsToClear } from './planning.ts'
import { addToPromotion, openPromotion, promotionLogE, type Promotion } from './promotion.ts'
import { addRateCounts, plannedGrowth, promotionBets } from './rate-comparison.ts'
import { learnScatter, observeScatter, scatterOf, startScatter } from './scatter.ts'
import { reportSignal, type Applicability } from './signal-report.ts'
import type { Moment } from './step.ts'
import { logBoundSteps, tailCounts } from './tail-shape.ts'
import type { RateCounts } from './two-sample-kernel.ts'
import type { SignalReport } from './verdict.ts'
import type { Window } from './window.ts'

const LOG_WEIGHTS = LATENCY_WEIGHTS.map(Math.log)
/** Pods whose speed wanders by about a tenth scatter this much; 5 % would then be less than the noise between equals. */
const RESTLESS = 20
const RESTLESS_TOLERANCE = 1.1
/** Above this a service is bursty, and three windows instead of two are the least to decide. */
const BURSTY = 1.5
const BURSTY_CAP = 2 / 3
/** Promotion: the share of slow requests may be this many times stable's plus this fraction, or what the tolerance allows. */
const PROMOTION_TOLERANCE = 1.25
const PROMOTION_MARGIN = 0.005
/** Stable requests that must be known before a bound is chosen. */
const LEAST_KNOWN = 20
/** Tails outside these shares say too little about scatter. */
const SCATTER_SHARES = { least: 0.002, most: 0.9 } as const

/** Compares the distributions of latency. */
export interface LatencyComparisonPlan {
  readonly budget: Budget
  /** The canary's requests may take this many times as long. */
  readonly tolerance: number
  /** Whether the user chose the tolerance; the default is raised for services whose pods differ. */
  readonly fixedTolerance: boolean
  readonly quantile: number
  readonly maxSeconds: number | null
}

/** What promotion compares in one step: the shares of requests slower than one bound. */
interface SlowBound {
  readonly seconds: number
  /** The canary's share may be this many times stable's, plus the margin. */
  readonly tolerance: number
  readonly counts: RateCounts
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
  const requests = total(canary)
  if (requests === 0 || total(stable) === 0) {
    // Without both arms there is nothing to compare, but what stable shows still says how stable is.
    return { ...state, layout: { ...state.layout, shape: rememberLatency(state.layout.shape, canary, stable) } }
  }
  return judge(plan, chooseBound(plan, state), canary, stable, moment)
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
    scatter: aa === null ? layout.scatter : learnScatter(layout.scatter, tailCategories(aa.canary, aa.stable), lastsMs),
  }
}

function enterStep(state: LatencyComparisonState, step: number): LatencyComparisonState {
  return { ...state, promotion: openPromotion(step, PROMOTION_RATIOS.length), slow: null, judged: 0 }
}

function judge(
  plan: LatencyComparisonPlan,
  state: LatencyComparisonState,
  canary: readonly number[],
  stable: readonly number[],
  moment: Moment,
): LatencyComparisonState {
  const { layout } = state
  const scatter = startScatter(layout.scatter)
  const dispersion = scatterOf(scatter)
  const { ratios, multipliers } = latencyBets(layout.shape, layout.bounds, toleranceAt(plan, layout))
  const bets = ratios.map((ratio) => latencyLogE(canary, stable, ratio, multipliers) / dispersion)
  const cap = dispersion <= BURSTY ? plan.budget.cap : BURSTY_CAP * plan.budget.cap
  return {
    ...judgeSlow(state, canary, stable, dispersion, moment.warm),
    layout: {
      ...layout,
      shape: rememberLatency(layout.shape, canary, stable),
      scatter: observeScatter(scatter, tailCategories(canary, stable)),
      canary: layout.canary.map((sum, k) => sum + canary[k]!),
      stable: layout.stable.map((sum, k) => sum + (stable[k]! * total(canary)) / total(stable)),
    },
    mixture: investMixture(state.mixture, LOG_WEIGHTS, bets, moment.step, cap),
    judged: state.judged + total(canary),
  }
}

/** Evidence for promotion: the shares slower than the step's bound. */
function judgeSlow(
  state: LatencyComparisonState,
  canary: readonly number[],
  stable: readonly number[],
  dispersion: number,
  warm: boolean,
): LatencyComparisonState {
  const { slow, layout } = state
  if (slow === null) return state
  const counts = {
    canaryRequests: total(canary),
    stableRequests: total(stable),
    canaryEvents: above(layout.bounds, canary, slow.seconds),
    stableEvents: above(layout.bounds, stable, slow.seconds),
  }
  return {
    ...state,
    slow: { ...slow, counts: addRateCounts(slow.counts, counts) },
    promotion: warm
      ? addToPromotion(state.promotion, promotionBets(counts, slow.tolerance, PROMOTION_MARGIN), dispersion)
      : state.promotion,
  }
}

/** Chooses the step's bound from the past alone; anew where a coarser layout has lost it, with its evidence. */
function chooseBound(plan: LatencyComparisonPlan, state: LatencyComparisonState): LatencyComparisonState {
  const { bounds, shape } = state.layout
  const { slow } = state
  if (slow !== null && bounds.includes(slow.seconds)) return state
  const promotion = slow === null ? state.promotion : openPromotion(state.promotion.step, PROMOTION_RATIOS.length)
  if (total(shape.history) < LEAST_KNOWN) return { ...state, promotion, slow: null }
  const tail = pastTail(shape.history)
  const place = plan.maxSeconds === null ? nearestBound(tail, 1 - plan.quantile) : nearestBound(bounds, plan.maxSeconds)
  const multipliers = toleratedMultipliers(tail, logBoundSteps(bounds), toleranceAt(plan, state.layout))
  const counts = { canaryRequests: 0, stableRequests: 0, canaryEvents: 0, stableEvents: 0 }
  const tolerance = Math.max(PROMOTION_TOLERANCE, multipliers?.[place] ?? 1)
  return { ...state, promotion, slow: { seconds: bounds[place]!, tolerance, counts } }
}

/** From stable against itself before the rollout, so that it is the same at every look. */
function toleranceAt(plan: LatencyComparisonPlan, { scatter }: LatencyLayout): number {
  if (plan.fixedTolerance) return plan.tolerance
  const restless = scatter.live ? scatter.dispersion.prior : scatterOf(scatter)
  return restless > RESTLESS ? RESTLESS_TOLERANCE : plan.tolerance
}

function tailCategories(canary: readonly number[], stable: readonly number[]) {
  const canaryRequests = total(canary)
  const stableRequests = total(stable)
  const canaryTails = tailCounts(canary)
  const stableTails = tailCounts(stable)
  canaryTails.forEach((slower, k) => {
    const share = (slower + stableTails[k]!) / Math.max(canaryRequests + stableRequests, 1)
    if (share > SCATTER_SHARES.least && share < SCATTER_SHARES.most) return
    canaryTails[k] = 0
    stableTails[k] = 0
  })
  return { canaryRequests, stableRequests, canary: canaryTails, stable: stableTails }
}

function above(bounds: readonly number[], counts: readonly number[], seconds: number): number {
  let slower = 0
  for (let k = bounds.indexOf(seconds) + 1; k < counts.length; k += 1) slower += counts[k]!
  return slower
}

function total(counts: readonly number[]): number {
  let sum = 0
  for (const count of counts) sum += count
  return sum
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
  const growth = slow === null ? 0 : plannedGrowth(slow.counts, slow.tolerance, PROMOTION_MARGIN) / dispersion
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
            `stable ${formatPercent(shares.stable)}, tolerated ${formatPercent(shares.limit)}`,
    },
    applicability,
  )
}

/** Shares slower than one bound since the rollout began, and what is tolerated there. */
function slowShares(plan: LatencyComparisonPlan, { layout, slow }: LatencyComparisonState, dispersion: number) {
  const requests = total(layout.canary)
  if (requests === 0) return null
  const tail = pastTail(layout.shape.history)
  const seconds =
    slow?.seconds ??
    layout.bounds[
      plan.maxSeconds === null ? nearestBound(tail, 1 - plan.quantile) : nearestBound(layout.bounds, plan.maxSeconds)
    ]!
  const estimate = rateEstimate(above(layout.bounds, layout.canary, seconds), requests, dispersion)
  if (estimate === null) return null
  const stable = above(layout.bounds, layout.stable, seconds) / requests
  const multipliers = toleratedMultipliers(tail, logBoundSteps(layout.bounds), toleranceAt(plan, layout))
  const multiplier = multipliers?.[layout.bounds.indexOf(seconds)] ?? 1
  return { seconds, estimate, stable, limit: Math.min(multiplier * stable, 1) }
}
