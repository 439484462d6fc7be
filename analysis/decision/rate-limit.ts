import type { Budget } from './budget.ts'
import { HARM_RATIOS, harmWeights, PROMOTION_RATIOS } from './grid.ts'
import { investMixture, openMixture, type MixtureState } from './mixture.ts'
import { limitBets, oneSampleLogE, type LimitBets } from './one-sample-kernel.ts'
import { limitGrowth, requestsToClear } from './planning.ts'
import { addToPromotion, openPromotion, promotionLogE, type Promotion } from './promotion.ts'
import type { Moment } from './step.ts'

/** Rates this close to 1 are no alternative worth a bet. */
const HIGHEST_RATE = 0.98
const PLANNED_PRIOR = 20

/** Compares a rate of the canary, or of pairs, with a fixed limit. */
export interface RateLimitPlan {
  readonly budget: Budget
  /** The limit, a fraction. */
  readonly limit: number
  readonly harm: LimitBets
  readonly harmLogWeights: readonly number[]
  readonly promotion: LimitBets
}

/** Counts of one window. */
export interface LimitCounts {
  readonly requests: number
  /** Events that are certain: they speak against the canary. */
  readonly events: number
  /** Events that are possible: promotion has to bear with them. The same, where every event is seen exactly. */
  readonly possible: number
}

export interface RateLimitState {
  readonly mixture: MixtureState
  readonly promotion: Promotion
  readonly total: LimitCounts
  readonly step: LimitCounts
}

const NO_COUNTS: LimitCounts = { requests: 0, events: 0, possible: 0 }

export function planRateLimit(budget: Budget, limit: number): RateLimitPlan {
  const ratios = HARM_RATIOS.filter((ratio) => limit * ratio < HIGHEST_RATE)
  // A limit so high that no grid rate is left: bet on the middle of what lies above it.
  const rates = ratios.length > 0 ? ratios.map((ratio) => limit * ratio) : [(1 + limit) / 2]
  const weights = ratios.length > 0 ? harmWeights(ratios) : [1]
  return {
    budget,
    limit,
    harm: limitBets(limit, rates),
    harmLogWeights: weights.map(Math.log),
    promotion: limitBets(
      limit,
      PROMOTION_RATIOS.map((fraction) => fraction * limit),
    ),
  }
}

export function openRateLimit(): RateLimitState {
  return {
    mixture: openMixture(),
    promotion: openPromotion(0, PROMOTION_RATIOS.length),
    total: NO_COUNTS,
    step: NO_COUNTS,
  }
}

/** At a new step, evidence for promotion starts again; what came before the first step is kept (pairs need no traffic). */
export function enterLimitStep(state: RateLimitState, moment: Moment): RateLimitState {
  const { step } = state.promotion
  if (step === moment.step) return state
  if (step === 0) return { ...state, promotion: { ...state.promotion, step: moment.step } }
  return { ...state, promotion: openPromotion(moment.step, PROMOTION_RATIOS.length), step: NO_COUNTS }
}

/**
 * The state after a window's counts; the step must have been entered.
 *
 * @param forPromotion whether the counts may speak for promotion
 */
export function compareWithLimit(
  plan: RateLimitPlan,
  state: RateLimitState,
  counts: LimitCounts,
  moment: Moment,
  dispersion: number,
  forPromotion: boolean,
): RateLimitState {
  if (counts.requests === 0) return state
  const bets = oneSampleLogE(plan.harm, counts.requests, counts.events).map((logE) => logE / dispersion)
  return {
    mixture: investMixture(state.mixture, plan.harmLogWeights, bets, moment.step, plan.budget.cap),
    promotion: forPromotion
      ? addToPromotion(state.promotion, oneSampleLogE(plan.promotion, counts.requests, counts.possible), dispersion)
      : state.promotion,
    total: addCounts(state.total, counts),
    step: addCounts(state.step, counts),
  }
}

function addCounts(sum: LimitCounts, counts: LimitCounts): LimitCounts {
  return {
    requests: sum.requests + counts.requests,
    events: sum.events + counts.events,
    possible: sum.possible + counts.possible,
  }
}

/** Where a comparison with a limit stands; signals add their own words. */
export interface LimitProgress {
  readonly promote: number
  readonly cleared: boolean
  readonly missing: number | null
}

export function limitProgress(plan: RateLimitPlan, state: RateLimitState, dispersion: number): LimitProgress {
  const promote = promotionLogE(state.promotion)
  const cleared = promote >= plan.budget.clearAt
  const { requests, possible } = state.step
  if (cleared || requests === 0) return { promote, cleared, missing: null }
  const rate = (possible + 0.5 * PLANNED_PRIOR * plan.limit) / (requests + PLANNED_PRIOR)
  const growth = limitGrowth(rate, plan.limit) / dispersion
  return { promote, cleared, missing: growth === 0 ? null : requestsToClear(promote, plan.budget.clearAt, growth) }
}
