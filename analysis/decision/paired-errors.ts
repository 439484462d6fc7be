import type { Budget } from './budget.ts'
import { rateEstimate } from './confidence.ts'
import { formatCount, formatPercent } from './format.ts'
import { HARM_RATIOS, harmWeights, PROMOTION_RATIOS } from './grid.ts'
import { investMixture, openMixture, type MixtureState } from './mixture.ts'
import { pairedLogE, pairedMarginLogE } from './paired-kernel.ts'
import { requestsToClear } from './planning.ts'
import { addToPromotion, openPromotion, promotionLogE, type Promotion } from './promotion.ts'
import { observeScatter, openScatter, scatterOf, startScatter, type Scatter } from './scatter.ts'
import { reportSignal, type Applicability } from './signal-report.ts'
import type { Moment } from './step.ts'
import type { Estimate, SignalReport } from './verdict.ts'
import type { ShadowCounts } from './window.ts'

const HARM_LOG_WEIGHTS = harmWeights(HARM_RATIOS).map(Math.log)
const PLANNED_PRIOR = 20
const EACH_CONFIDENCE = 0.975

/** Compares on how many inputs only the canary fails with on how many only stable fails. */
export interface PairedErrorsPlan {
  readonly budget: Budget
  /** Promotion proves that the canary fails on less than this share of the inputs more than stable. */
  readonly margin: number
  /** Stakes of the bets for promotion. */
  readonly stakes: readonly number[]
}

interface PairCounts {
  readonly pairs: number
  readonly canaryOnly: number
  readonly stableOnly: number
}

export interface PairedErrorsState {
  readonly mixture: MixtureState
  readonly promotion: Promotion
  readonly scatter: Scatter
  readonly total: PairCounts
  readonly step: PairCounts
}

const NO_PAIRS: PairCounts = { pairs: 0, canaryOnly: 0, stableOnly: 0 }

/** @param margin a fraction above 0 */
export function planPairedErrors(budget: Budget, margin: number): PairedErrorsPlan {
  return { budget, margin, stakes: PROMOTION_RATIOS.map((fraction) => (1 - fraction) / (1 - margin)) }
}

export function openPairedErrors(): PairedErrorsState {
  return {
    mixture: openMixture(),
    promotion: openPromotion(0, PROMOTION_RATIOS.length),
    scatter: startScatter(openScatter()),
    total: NO_PAIRS,
    step: NO_PAIRS,
  }
}

/** The state after a window. Pairs count before the first step too. */
export function comparePairedErrors(
  plan: PairedErrorsPlan,
  before: PairedErrorsState,
  shadow: ShadowCounts | undefined,
  moment: Moment,
): PairedErrorsState {
  const state = enterStep(before, moment.step)
  if (shadow?.canaryOnlyErrors === undefined || shadow.stableOnlyErrors === undefined || shadow.pairs === 0)
    return state
  const canaryOnly = shadow.canaryOnlyErrors
  const stableOnly = shadow.stableOnlyErrors
  const counts = { pairs: shadow.pairs, canaryOnly, stableOnly }
  const dispersion = scatterOf(state.scatter)
  const bets = HARM_RATIOS.map((ratio) => pairedLogE(canaryOnly, stableOnly, ratio) / dispersion)
  const promotion = plan.stakes.map((stake) => pairedMarginLogE(counts, plan.margin, stake))
  return {
    mixture: investMixture(state.mixture, HARM_LOG_WEIGHTS, bets, moment.step, plan.budget.cap),
    promotion: addToPromotion(state.promotion, promotion, dispersion),
    scatter: observeScatter(state.scatter, {
      canaryRequests: canaryOnly + stableOnly,
      stableRequests: 0,
      canary: [canaryOnly],
      stable: null,
    }),
    total: addPairs(state.total, counts),
    step: addPairs(state.step, counts),
  }
}

/** At a new step, evidence for promotion starts again; what came before the first step is kept. */
function enterStep(state: PairedErrorsState, step: number): PairedErrorsState {
  if (state.promotion.step === step) return state
  if (state.promotion.step === 0) return { ...state, promotion: { ...state.promotion, step } }
  return { ...state, promotion: openPromotion(step, PROMOTION_RATIOS.length), step: NO_PAIRS }
}

function addPairs(sum: PairCounts, counts: PairCounts): PairCounts {
  return {
    pairs: sum.pairs + counts.pairs,
    canaryOnly: sum.canaryOnly + counts.canaryOnly,
    stableOnly: sum.stableOnly + counts.stableOnly,
  }
}

export function reportPairedErrors(
  plan: PairedErrorsPlan,
  state: PairedErrorsState,
  applicability: Applicability,
): SignalReport {
  const { total, step } = state
  const dispersion = scatterOf(state.scatter)
  const promote = promotionLogE(state.promotion)
  const cleared = promote >= plan.budget.clearAt
  const measured = total.pairs > 0
  return reportSignal(
    plan.budget,
    {
      logE: state.mixture.logE,
      promote,
      cleared,
      judged: step.pairs,
      canary: measured ? total.canaryOnly / total.pairs : null,
      stable: measured ? total.stableOnly / total.pairs : null,
      estimate: differenceEstimate(total, dispersion),
      limit: plan.margin,
      phi: dispersion,
      missing: cleared || step.pairs === 0 ? null : missingPairs(plan, step, promote, dispersion),
      text: measured
        ? `of ${formatCount(total.pairs)} same inputs the canary alone fails on ${formatCount(total.canaryOnly)}, ` +
          `stable alone on ${formatCount(total.stableOnly)}; promotion allows ${formatPercent(plan.margin)} more`
        : 'no failures were counted on the same inputs',
    },
    applicability,
  )
}

/** Difference of the two shares: both intervals hold together with 95 % confidence, and so does this one. */
function differenceEstimate({ pairs, canaryOnly, stableOnly }: PairCounts, dispersion: number): Estimate | null {
  const canary = rateEstimate(canaryOnly, pairs, dispersion, EACH_CONFIDENCE)
  const stable = rateEstimate(stableOnly, pairs, dispersion, EACH_CONFIDENCE)
  if (canary === null || stable === null) return null
  return { value: canary.value - stable.value, low: canary.low - stable.high, high: canary.high - stable.low }
}

function missingPairs(plan: PairedErrorsPlan, step: PairCounts, promote: number, dispersion: number): number | null {
  const pairs = step.pairs + PLANNED_PRIOR
  const rates = { pairs: 1, canaryOnly: step.canaryOnly / pairs, stableOnly: step.stableOnly / pairs }
  const growth = Math.max(...plan.stakes.map((stake) => pairedMarginLogE(rates, plan.margin, stake))) / dispersion
  return requestsToClear(promote, plan.budget.clearAt, growth)
}
