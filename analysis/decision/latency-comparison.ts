import type { Budget } from './budget.ts'
import { totalOf } from './counts.ts'
import type { CategoryCounts } from './dispersion.ts'
import { PROMOTION_RATIOS } from './grid.ts'
import { latencyBets, LATENCY_WEIGHTS, rememberLatency } from './latency-bets.ts'
import { latencyLogE } from './latency-kernel.ts'
import { alignLatency, openLatencyLayout, type LatencyLayout } from './latency-layout.ts'
import { investMixture, openMixture, type MixtureState } from './mixture.ts'
import { openPromotion, type Promotion } from './promotion.ts'
import { learnScatter, observeScatter, scatterOf, startScatter } from './scatter.ts'
import { chooseSlowBound, judgeSlow, slowerThan, type QuantileAim, type SlowBound } from './slow-bound.ts'
import type { Moment } from './step.ts'
import { tailCounts } from './tail-shape.ts'
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
export function toleranceAt(plan: LatencyComparisonPlan, { scatter }: LatencyLayout): number {
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
