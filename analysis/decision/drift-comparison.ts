import type { Budget } from './budget.ts'
import { addArmCounts, addCounts } from './classes.ts'
import { distanceBetween, gradientOf, type CategoryOrder, type Distance, type GradientOf } from './distances.ts'
import { sharesOf, smallestDrift } from './drift-floor.ts'
import { largestDriftOf } from './drift-groups.ts'
import {
  alignDrift,
  categoriesOf,
  categoryCounts,
  categoryName,
  categoryOrder,
  fixCategories,
  growCategories,
  NO_ARM_COUNTS,
  openDriftLayout,
  type DriftLayout,
  type DriftPartition,
} from './drift-layout.ts'
import { DRIFT_LOG_WEIGHTS, driftBets, fadeForStep, rememberDrift, type ArmCounts } from './drift-memory.ts'
import { formatFigure, formatPercent } from './format.ts'
import { investMixture, openMixture, type MixtureState } from './mixture.ts'
import { learnScatter, observeScatter, scatterOf, startScatter } from './scatter.ts'
import { reportSignal, type Applicability } from './signal-report.ts'
import type { Moment } from './step.ts'
import type { Estimate, SignalReport } from './verdict.ts'
import type { Window } from './window.ts'

/** Stable requests that must have come before the step's evidence for promotion begins. */
const LEAST_EARLIER = 100
/** History counts for no more than this many requests in the estimates to bet on, so that the present can outweigh it. */
const MOST_REMEMBERED = 1_000
/** The bound's grid falls short of the true maximum by less than this factor. */
const GRID_SHORTFALL = 1.005
/** For display alone, the bound waits until the step's requests have grown this many times. */
const DISPLAY_GROWTH = 4
const NO_ORDER: CategoryOrder = { places: [], widths: [] }

/** Compares the distributions of predictions. */
export interface DriftComparisonPlan {
  readonly budget: Budget
  readonly distance: Distance
  readonly limit: number
  /** Whether any difference counts as harm; promotion uses the limit all the same. */
  readonly equality: boolean
  readonly of: 'classes' | 'values'
}

/** The interval of the step's distance when it was last computed. */
export interface DriftBound {
  /** Canary requests of the step then. */
  readonly requests: number
  readonly low: number
  /** Null when nothing could be said. */
  readonly high: number | null
  /** Canary requests at which it may have come below the limit. */
  readonly dueAt: number
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
  if (canary === null || stable === null || total(canary) === 0 || total(stable) === 0) {
    return started ? { ...state, layout } : state
  }
  const scatter = startScatter(layout.scatter)
  const dispersion = scatterOf(scatter)
  const gradient = gradientIn(plan, layout)
  const limit = plan.equality ? null : plan.limit
  const bets = driftBets(layout.memory, { canary, stable }, gradient, limit).map((logE) => logE / dispersion)
  return {
    ...state,
    layout: takeIn({ ...layout, scatter }, { canary, stable }, window, moment.warm),
    mixture: investMixture(state.mixture, DRIFT_LOG_WEIGHTS, bets, moment.step, plan.budget.cap),
    judged: state.judged + total(canary),
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
  const known = total(layout.earlier)
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
  const canaryRequests = total(counts.canary)
  const stableRequests = total(counts.stable)
  const weight = canaryRequests / stableRequests
  const counted = total(grown.step.canary) > 0 || (warm && total(grown.earlier) >= LEAST_EARLIER)
  return {
    ...grown,
    memory: rememberDrift(grown.memory, counts),
    scatter: observeScatter(grown.scatter, { ...counts, canaryRequests, stableRequests }),
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
  return { canaryRequests: total(canary), stableRequests: total(stable), canary, stable }
}

/**
 * Computes the bound when it may help. It costs far more than the rest of a look, and a confidence set that holds at every
 * look may be computed at any of them; so it waits until everything else has cleared, and then until the requests that were
 * predicted last time have come. For display it is computed now and then.
 *
 * @param urgent whether nothing but this signal holds the step back
 */
export function tightenDriftBound(
  plan: DriftComparisonPlan,
  state: DriftComparisonState,
  urgent: boolean,
): DriftComparisonState {
  const { bound, layout } = state
  const requests = total(layout.step.canary)
  const least = leastRequests(plan, scatterOf(layout.scatter))
  const dueAt = urgent ? (bound?.dueAt ?? least) : bound === null ? 4 * least : DISPLAY_GROWTH * bound.requests
  if (requests === 0 || requests < dueAt) return state
  const value = plainDistance(plan, layout, layout.step)
  if (value >= plan.limit && urgent) return state
  const order = orderFor(plan.distance, layout.partition)
  const dispersion = scatterOf(layout.scatter)
  const { clearAt } = plan.budget
  const high = largestDriftOf({ ...layout.step, earlier: layout.earlier }, plan.distance, order, clearAt, dispersion)
  const low = smallestDrift(layout.step, gradientOf(plan.distance, order), clearAt, dispersion)
  const finite = Number.isFinite(high) ? high : null
  return { ...state, bound: { requests, low, high: finite, dueAt: nextDue(plan, requests, value, finite) } }
}

/** Quadratic in small differences of the shares; the others are linear. */
function isQuadratic(distance: Distance): boolean {
  return distance === 'psi' || distance === 'js' || distance === 'hellinger'
}

/** With fewer canary requests the bound cannot be expected below the limit, even if both arms predict alike. */
function leastRequests({ limit, distance, budget }: DriftComparisonPlan, dispersion: number): number {
  const logBudget = dispersion * budget.clearAt
  if (distance === 'psi') return Math.ceil((2 * logBudget) / limit)
  // Jensen-Shannon and squared Hellinger are an eighth of PSI for small differences.
  if (isQuadratic(distance)) return Math.ceil(logBudget / (4 * limit))
  // W1 has the unit of the values, so its limit alone says nothing about the requests it needs.
  return Math.ceil(distance === 'w1' ? logBudget : logBudget / (8 * limit ** 2))
}

/** The bound exceeds the plain distance (their roots, for quadratic ones) by what falls with the root of the requests. */
function nextDue(plan: DriftComparisonPlan, requests: number, value: number, high: number | null): number {
  const least = Math.ceil(1.03 * requests) + 1
  if (high === null) return Math.max(least, Math.ceil(1.2 * requests))
  const scale = isQuadratic(plan.distance) ? Math.sqrt : (distance: number) => distance
  const room = scale(plan.limit / GRID_SHORTFALL) - scale(Math.max(value, 0))
  if (room <= 0) return 2 * requests
  const predicted = requests * ((scale(high) - scale(Math.max(value, 0))) / room) ** 2
  return Math.max(least, Math.ceil(Math.min(0.97 * predicted, 2 * requests)))
}

export function isDriftCleared(plan: DriftComparisonPlan, { bound }: DriftComparisonState): boolean {
  return bound !== null && bound.high !== null && GRID_SHORTFALL * bound.high <= plan.limit
}

/** Distance of the shares as counted, with half a prediction added to every category. */
function plainDistance(plan: DriftComparisonPlan, layout: DriftLayout, counts: ArmCounts): number {
  return distanceBetween(gradientIn(plan, layout), sharesOf(counts.canary), sharesOf(counts.stable))
}

function gradientIn({ distance }: DriftComparisonPlan, { partition }: DriftLayout): GradientOf {
  return gradientOf(distance, orderFor(distance, partition))
}

/** Sorting classes by name costs more than the rest of a look, so it is left to the distances that need it. */
function orderFor(distance: Distance, partition: DriftPartition): CategoryOrder {
  return distance === 'ks' || distance === 'w1' ? categoryOrder(partition) : NO_ORDER
}

function total(counts: readonly number[]): number {
  let sum = 0
  for (const count of counts) sum += count
  return sum
}

export function reportDrift(
  plan: DriftComparisonPlan,
  state: DriftComparisonState,
  applicability: Applicability,
): SignalReport {
  const { layout } = state
  const inStep = plainDistance(plan, layout, layout.step)
  const value = total(layout.total.canary) > 0 ? plainDistance(plan, layout, layout.total) : null
  return reportSignal(
    plan.budget,
    {
      logE: state.mixture.logE,
      promote: null,
      cleared: isDriftCleared(plan, state),
      judged: state.judged,
      canary: value,
      stable: null,
      estimate: driftEstimate(state, inStep),
      limit: plan.limit,
      phi: scatterOf(layout.scatter),
      missing: missingRequests(plan, state, inStep),
      text: value === null ? 'no predictions were counted on both arms' : describe(plan, layout, value),
    },
    applicability,
  )
}

/** The step's distance; its interval was right when it was computed and still is, because the step is taken as constant. */
function driftEstimate({ bound }: DriftComparisonState, value: number): Estimate | null {
  if (bound === null || bound.high === null) return null
  return { value, low: Math.min(bound.low, value), high: Math.max(bound.high, value) }
}

/** More canary requests until the bound may be below the limit; null when done, or when it will never be. */
function missingRequests(plan: DriftComparisonPlan, state: DriftComparisonState, value: number): number | null {
  const { layout, bound } = state
  if (isDriftCleared(plan, state) || value >= plan.limit) return null
  const dueAt = bound?.dueAt ?? leastRequests(plan, scatterOf(layout.scatter))
  return Math.max(dueAt - total(layout.step.canary), 0)
}

const DISTANCE_NAMES: Readonly<Record<Distance, string>> = {
  psi: 'PSI',
  tv: 'TV',
  js: 'JS',
  hellinger: 'Hellinger',
  ks: 'KS',
  w1: 'W1',
}

/** Names the category that differs most. */
function describe(plan: DriftComparisonPlan, { partition, total: counts }: DriftLayout, value: number): string {
  const canary = sharesOf(counts.canary)
  const stable = sharesOf(counts.stable)
  let place = 0
  let most = -1
  canary.forEach((p, k) => {
    const part = (p - stable[k]!) * Math.log(p / stable[k]!)
    if (part <= most) return
    most = part
    place = k
  })
  const name = categoryName(partition, place)
  const distance = `drift ${DISTANCE_NAMES[plan.distance]} ${formatFigure(value)}`
  const limit = `limit ${formatFigure(plan.limit)}`
  return (
    `canary answers ${name} ${formatPercent(counts.canary[place]! / total(counts.canary))} of the time, ` +
    `stable ${formatPercent(counts.stable[place]! / total(counts.stable))}: ${distance}, ${limit}`
  )
}
