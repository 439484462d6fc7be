import { totalOf } from './counts.ts'
import { gradientOf, type Distance } from './distances.ts'
import type { DriftComparisonPlan } from './drift-comparison.ts'
import { countedDistance, orderFor } from './drift-distance.ts'
import { smallestDrift } from './drift-floor.ts'
import { largestDriftOf } from './drift-groups.ts'
import type { DriftLayout } from './drift-layout.ts'
import { scatterOf } from './scatter.ts'

/** The bound's grid falls short of the true maximum by less than this factor. */
const GRID_SHORTFALL = 1.005
/** For display alone, the bound waits until the step's requests have grown this many times. */
const DISPLAY_GROWTH = 4
/** The next computation comes a little before its prediction, and never before the requests have grown this many times. */
const EARLY = 0.97
const LEAST_GROWTH = 1.03
const GROWTH_WITHOUT_BOUND = 1.2
const MOST_GROWTH = 2

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

/** Whether the step has proved that the distance is below the limit. */
export function isDriftCleared({ limit }: DriftComparisonPlan, bound: DriftBound | null): boolean {
  return bound !== null && bound.high !== null && GRID_SHORTFALL * bound.high <= limit
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
  layout: DriftLayout,
  bound: DriftBound | null,
  urgent: boolean,
): DriftBound | null {
  const requests = totalOf(layout.step.canary)
  const dispersion = scatterOf(layout.scatter)
  if (requests === 0 || requests < dueAt(plan, bound, dispersion, urgent)) return bound
  const { distance, limit, budget } = plan
  const value = countedDistance(distance, layout.partition, layout.step)
  if (urgent && value >= limit) return bound
  const order = orderFor(distance, layout.partition)
  const counts = { ...layout.step, earlier: layout.earlier }
  const high = largestDriftOf(counts, distance, order, budget.clearAt, dispersion)
  const low = smallestDrift(layout.step, gradientOf(distance, order), budget.clearAt, dispersion)
  const known = Number.isFinite(high) ? high : null
  return { requests, low, high: known, dueAt: predict(plan, requests, value, known) }
}

function dueAt(plan: DriftComparisonPlan, bound: DriftBound | null, dispersion: number, urgent: boolean): number {
  if (bound === null) return (urgent ? 1 : DISPLAY_GROWTH) * leastRequests(plan, dispersion)
  return urgent ? bound.dueAt : DISPLAY_GROWTH * bound.requests
}

/** More canary requests until the bound may be below the limit; null when done, or when it will never be. */
export function requestsToClearDrift(
  plan: DriftComparisonPlan,
  { step, scatter }: DriftLayout,
  bound: DriftBound | null,
  value: number,
): number | null {
  if (isDriftCleared(plan, bound) || value >= plan.limit) return null
  const due = bound?.dueAt ?? leastRequests(plan, scatterOf(scatter))
  return Math.max(due - totalOf(step.canary), 0)
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

/** The bound exceeds the counted distance (their roots, for quadratic ones) by what falls with the root of the requests. */
function predict(plan: DriftComparisonPlan, requests: number, value: number, high: number | null): number {
  const least = Math.ceil(LEAST_GROWTH * requests) + 1
  if (high === null) return Math.max(least, Math.ceil(GROWTH_WITHOUT_BOUND * requests))
  const scale = isQuadratic(plan.distance) ? Math.sqrt : (distance: number) => distance
  const counted = scale(Math.max(value, 0))
  const room = scale(plan.limit / GRID_SHORTFALL) - counted
  if (room <= 0) return MOST_GROWTH * requests
  const predicted = requests * ((scale(high) - counted) / room) ** 2
  return Math.max(least, Math.ceil(Math.min(EARLY * predicted, MOST_GROWTH * requests)))
}
