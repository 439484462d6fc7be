import type { Budget } from './budget.ts'
import { rateEstimate } from './confidence.ts'
import { formatCount, formatFigure, formatPercent } from './format.ts'
import { HARM_RATIOS, harmWeights, PROMOTION_RATIOS } from './grid.ts'
import { investMixture, openMixture, type MixtureState } from './mixture.ts'
import { comparisonGrowth, requestsToClear } from './planning.ts'
import { addToPromotion, openPromotion, promotionLogE, type Promotion } from './promotion.ts'
import { learnScatter, observeScatter, openScatter, scatterOf, startScatter, type Scatter } from './scatter.ts'
import { reportSignal, type Applicability } from './signal-report.ts'
import type { Moment } from './step.ts'
import { twoSampleLogE, type RateCounts } from './two-sample-kernel.ts'
import type { SignalReport } from './verdict.ts'
import type { Arm, Window } from './window.ts'

const HARM_LOG_WEIGHTS = harmWeights(HARM_RATIOS).map(Math.log)
/** Requests that stable's rate counts for in the planned rate of a canary that has hardly been seen. */
const PLANNED_PRIOR = 20

/** Compares the canary's error rate with stable's. */
export interface RateComparisonPlan {
  readonly budget: Budget
  /** The canary's rate may be this many times stable's. */
  readonly tolerance: number
  /** Added to the tolerated rate for promotion, a fraction. */
  readonly margin: number
}

export interface RateComparisonState {
  readonly mixture: MixtureState
  readonly promotion: Promotion
  readonly scatter: Scatter
  /** Both arms since the rollout began; stable's events as if it had had the canary's requests in every window. */
  readonly total: { readonly requests: number; readonly canaryEvents: number; readonly stableEvents: number }
  /** Raw counts of the step. */
  readonly step: RateCounts
}

const NO_COUNTS: RateCounts = { canaryRequests: 0, stableRequests: 0, canaryEvents: 0, stableEvents: 0 }

export function openRateComparison(): RateComparisonState {
  return {
    mixture: openMixture(),
    promotion: openPromotion(0, PROMOTION_RATIOS.length),
    scatter: openScatter(),
    total: { requests: 0, canaryEvents: 0, stableEvents: 0 },
    step: NO_COUNTS,
  }
}

/** Errors of both arms, where both were measured and had requests. */
function errorCounts(canary: Arm | undefined, stable: Arm | undefined): RateCounts | null {
  if (canary?.errors === undefined || stable?.errors === undefined) return null
  if (canary.requests === 0 || stable.requests === 0) return null
  return {
    canaryRequests: canary.requests,
    stableRequests: stable.requests,
    canaryEvents: canary.errors,
    stableEvents: stable.errors,
  }
}

/** The state after a window. */
export function compareRates(
  plan: RateComparisonPlan,
  before: RateComparisonState,
  window: Window,
  moment: Moment,
): RateComparisonState {
  if (moment.history) {
    const aa = errorCounts(window.aa?.canary, window.aa?.stable)
    return aa === null ? before : { ...before, scatter: learnScatter(before.scatter, categories(aa), moment.lastsMs) }
  }
  const state = before.promotion.step === moment.step ? before : enterStep(before, moment.step)
  const counts = errorCounts(window.canary, window.stable)
  if (counts === null) return state
  const scatter = startScatter(state.scatter)
  const dispersion = scatterOf(scatter)
  const bets = HARM_RATIOS.map((ratio) => twoSampleLogE(counts, ratio * plan.tolerance, plan.tolerance, 0) / dispersion)
  return {
    mixture: investMixture(state.mixture, HARM_LOG_WEIGHTS, bets, moment.step, plan.budget.cap),
    promotion: moment.warm
      ? addToPromotion(state.promotion, promotionBets(counts, plan.tolerance, plan.margin), dispersion)
      : state.promotion,
    scatter: observeScatter(scatter, categories(counts)),
    total: addTotal(state.total, counts),
    step: addRateCounts(state.step, counts),
  }
}

function enterStep(state: RateComparisonState, step: number): RateComparisonState {
  return { ...state, promotion: openPromotion(step, PROMOTION_RATIOS.length), step: NO_COUNTS }
}

/** Log e-values of a window against "the canary's rate is at least tolerance times stable's plus margin". */
export function promotionBets(counts: RateCounts, tolerance: number, margin: number): number[] {
  return PROMOTION_RATIOS.map((fraction) => twoSampleLogE(counts, fraction * tolerance, tolerance, margin))
}

export function addRateCounts(sum: RateCounts, counts: RateCounts): RateCounts {
  return {
    canaryRequests: sum.canaryRequests + counts.canaryRequests,
    stableRequests: sum.stableRequests + counts.stableRequests,
    canaryEvents: sum.canaryEvents + counts.canaryEvents,
    stableEvents: sum.stableEvents + counts.stableEvents,
  }
}

/**
 * Expected log evidence for promotion per canary request, from a step's counts. The canary's rate is drawn towards stable's,
 * so that a plan made after a few requests neither promises nor despairs.
 */
export function plannedGrowth(counts: RateCounts, tolerance: number, margin: number): number {
  const { canaryRequests, stableRequests, canaryEvents, stableEvents } = counts
  if (canaryRequests === 0 || stableRequests === 0) return 0
  const stableRate = (stableEvents + 0.5) / (stableRequests + 1)
  const canaryRate = (canaryEvents + PLANNED_PRIOR * stableRate) / (canaryRequests + PLANNED_PRIOR)
  return comparisonGrowth(canaryRate, stableRate, stableRequests / canaryRequests, tolerance, margin)
}

function categories(counts: RateCounts) {
  return { ...counts, canary: [counts.canaryEvents], stable: [counts.stableEvents] }
}

/**
 * Pooling stable's counts would compare the canary with other times where the split or the rate changed (Simpson's
 * paradox), so each window's rate is weighted with the canary's requests of that window.
 */
function addTotal(total: RateComparisonState['total'], counts: RateCounts): RateComparisonState['total'] {
  return {
    requests: total.requests + counts.canaryRequests,
    canaryEvents: total.canaryEvents + counts.canaryEvents,
    stableEvents: total.stableEvents + (counts.stableEvents * counts.canaryRequests) / counts.stableRequests,
  }
}

export function reportRateComparison(
  plan: RateComparisonPlan,
  state: RateComparisonState,
  applicability: Applicability,
): SignalReport {
  const { total, step } = state
  const dispersion = scatterOf(state.scatter)
  const promote = promotionLogE(state.promotion)
  const cleared = promote >= plan.budget.clearAt
  const estimate = rateEstimate(total.canaryEvents, total.requests, dispersion)
  const stable = total.requests === 0 ? null : total.stableEvents / total.requests
  const limit = plan.tolerance * (stable ?? 0)
  const growth = plannedGrowth(step, plan.tolerance, plan.margin) / dispersion
  return reportSignal(
    plan.budget,
    {
      logE: state.mixture.logE,
      promote,
      cleared,
      judged: step.canaryRequests,
      canary: estimate?.value ?? null,
      stable,
      estimate,
      limit,
      phi: dispersion,
      missing: cleared || growth === 0 ? null : requestsToClear(promote, plan.budget.clearAt, growth),
      text:
        estimate === null || stable === null
          ? 'no errors were counted on both arms'
          : `canary fails ${formatPercent(estimate.value)} of requests ` +
            `(${formatCount(total.canaryEvents)} of ${formatCount(total.requests)}), ` +
            `stable ${formatPercent(stable)}, tolerated ${plan.tolerance === 1 ? 'no more' : `${formatFigure(plan.tolerance)} times that`}`,
    },
    applicability,
  )
}
