import type { Budget } from './budget.ts'
import { addArmCounts, addCounts, totalOf, type ArmCounts } from './counts.ts'
import type { Distance } from './distances.ts'
import type { DriftBound } from './drift-clearance.ts'
import { gradientIn } from './drift-distance.ts'
import {
  alignDrift,
  categoriesOf,
  categoryCounts,
  fixCategories,
  growCategories,
  NO_ARM_COUNTS,
  openDriftLayout,
  type DriftLayout,
} from './drift-layout.ts'
import { DRIFT_LOG_WEIGHTS, driftBets, fadeForStep, rememberDrift } from './drift-memory.ts'
import { investMixture, openMixture, type MixtureState } from './mixture.ts'
import { learnScatter, observeScatter, scatterOf, startScatter } from './scatter.ts'
import type { Moment } from './step.ts'
import type { Window } from './window.ts'

/** Stable requests that must have come before the step's evidence for promotion begins. */
const LEAST_EARLIER = 100
/** History counts for no more than this many requests in the estimates to bet on, so that the present can outweigh it. */
const MOST_REMEMBERED = 1_000
/** Compares the distributions of predictions. */
export interface DriftComparisonPlan {
  readonly budget: Budget
  readonly distance: Distance
  readonly limit: number
  /** Whether any difference counts as harm; promotion uses the limit all the same. */
  readonly equality: boolean
  readonly of: 'classes' | 'values'
}

export interface DriftComparisonState {
  readonly layout: DriftLayout
  readonly mixture: MixtureState
  readonly stepNumber: number
  readonly bound: DriftBound | null
  /** Requests of the step on which both arms were compared. */
  readonly judged: number
}

export function openDriftComparison(plan: DriftComparisonPlan): DriftComparisonState {
  return { layout: openDriftLayout(plan.of), mixture: openMixture(), stepNumber: 0, bound: null, judged: 0 }
}

/**
 * The state after a window.
 *
 * @throws {InputError} when histograms of values have no bound in common
 */
export function compareDrift(
  plan: DriftComparisonPlan,
  before: DriftComparisonState,
  window: Window,
  moment: Moment,
): DriftComparisonState {
  if (moment.history) return { ...before, layout: learnHistory(before.layout, window, moment.lastsMs) }
  const state = before.stepNumber === moment.step ? before : enterStep(before, moment.step)
  const aligned = alignDrift(state.layout, window, false)
  const started = state.mixture.logWealth.length > 0
  const layout = started ? aligned : seedMemory(fixCategories(aligned))
  const canary = categoryCounts(layout.partition, window.canary)
  const stable = categoryCounts(layout.partition, window.stable)
  if (canary === null || stable === null || totalOf(canary) === 0 || totalOf(stable) === 0) {
    return started ? { ...state, layout } : state
  }
  const scatter = startScatter(layout.scatter)
  const dispersion = scatterOf(scatter)
  const gradient = gradientIn(plan.distance, layout.partition)
  const limit = plan.equality ? null : plan.limit
  const bets = driftBets(layout.memory, { canary, stable }, gradient, limit).map((logE) => logE / dispersion)
  return {
    ...state,
    layout: takeIn({ ...layout, scatter }, { canary, stable }, window, moment.warm),
    mixture: investMixture(state.mixture, DRIFT_LOG_WEIGHTS, bets, moment.step, plan.budget.cap),
    judged: state.judged + totalOf(canary),
  }
}

function learnHistory(layout: DriftLayout, window: Window, lastsMs: number): DriftLayout {
  const aligned = alignDrift(layout, window, true)
  const grown = growCategories(aligned, [window.stable, window.aa?.canary, window.aa?.stable])
  const stable = categoryCounts(grown.partition, window.stable)
  const canaryLike = categoryCounts(grown.partition, window.aa?.canary)
  const stableLike = categoryCounts(grown.partition, window.aa?.stable)
  return {
    ...grown,
    earlier: stable === null ? grown.earlier : addCounts(grown.earlier, stable),
    scatter:
      canaryLike === null || stableLike === null
        ? grown.scatter
        : learnScatter(grown.scatter, scatterCounts(canaryLike, stableLike), lastsMs),
  }
}

function enterStep(state: DriftComparisonState, stepNumber: number): DriftComparisonState {
  const { layout } = state
  const started = state.mixture.logWealth.length > 0
  return {
    ...state,
    stepNumber,
    bound: null,
    judged: 0,
    layout: {
      ...layout,
      memory: started ? fadeForStep(layout.memory) : layout.memory,
      earlier: addCounts(layout.earlier, layout.step.stable),
      step: NO_ARM_COUNTS,
    },
  }
}

/** Stable's history is what is known of stable when the first bets are made. */
function seedMemory(layout: DriftLayout): DriftLayout {
  const categories = categoriesOf(layout.partition)
  const none = Array<number>(categories).fill(0)
  const known = totalOf(layout.earlier)
  const scale = known > MOST_REMEMBERED ? MOST_REMEMBERED / known : 1
  const stable = addCounts(
    layout.earlier.map((count) => scale * count),
    none,
  )
  const empty = { canary: none, stable: none }
  return {
    ...layout,
    memory: { long: { canary: none, stable }, recent: { canary: none, stable } },
    earlier: addCounts(layout.earlier, none),
    step: empty,
    total: empty,
  }
}

/** Counts a window that was judged, in the categories of the windows to come. */
function takeIn(layout: DriftLayout, judged: ArmCounts, window: Window, warm: boolean): DriftLayout {
  const grown = growCategories(layout, [window.canary, window.stable])
  const counts = grown === layout ? judged : countArms(grown, window)
  const canaryRequests = totalOf(counts.canary)
  const stableRequests = totalOf(counts.stable)
  const weight = canaryRequests / stableRequests
  const counted = totalOf(grown.step.canary) > 0 || (warm && totalOf(grown.earlier) >= LEAST_EARLIER)
  return {
    partition: grown.partition,
    memory: rememberDrift(grown.memory, counts),
    scatter: observeScatter(grown.scatter, {
      canaryRequests,
      stableRequests,
      canary: counts.canary,
      stable: counts.stable,
    }),
    earlier: counted ? grown.earlier : addCounts(grown.earlier, counts.stable),
    step: counted ? addArmCounts(grown.step, counts) : grown.step,
    total: addArmCounts(grown.total, { canary: counts.canary, stable: counts.stable.map((count) => weight * count) }),
  }
}

/** Both arms of a window that has both. */
function countArms({ partition }: DriftLayout, { canary, stable }: Window): ArmCounts {
  return { canary: categoryCounts(partition, canary) ?? [], stable: categoryCounts(partition, stable) ?? [] }
}

function scatterCounts(canary: readonly number[], stable: readonly number[]) {
  return { canaryRequests: totalOf(canary), stableRequests: totalOf(stable), canary, stable }
}
