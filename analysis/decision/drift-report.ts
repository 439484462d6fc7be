import { totalOf } from './counts.ts'
import type { Distance } from './distances.ts'
import { isDriftCleared, requestsToClearDrift, type DriftBound } from './drift-clearance.ts'
import type { DriftComparisonPlan, DriftComparisonState } from './drift-comparison.ts'
import { countedDistance } from './drift-distance.ts'
import { sharesOf } from './drift-floor.ts'
import { categoryName, type DriftLayout } from './drift-layout.ts'
import { formatFigure, formatPercent } from './format.ts'
import { scatterOf } from './scatter.ts'
import { reportSignal, type Applicability } from './signal-report.ts'
import type { Estimate, SignalReport } from './verdict.ts'

export function reportDrift(
  plan: DriftComparisonPlan,
  state: DriftComparisonState,
  applicability: Applicability,
): SignalReport {
  const { layout, bound } = state
  const { distance } = plan
  const inStep = countedDistance(distance, layout.partition, layout.step)
  const measured = totalOf(layout.total.canary) > 0
  const value = measured ? countedDistance(distance, layout.partition, layout.total) : null
  return reportSignal(
    plan.budget,
    {
      logE: state.mixture.logE,
      promote: null,
      cleared: isDriftCleared(plan, bound),
      judged: state.judged,
      canary: value,
      stable: null,
      estimate: driftEstimate(bound, inStep),
      limit: plan.limit,
      phi: scatterOf(layout.scatter),
      missing: requestsToClearDrift(plan, layout, bound, inStep),
      text: value === null ? 'no predictions were counted on both arms' : describe(plan, layout, value),
    },
    applicability,
  )
}

/** The step's distance; its interval was right when it was computed and still is, because the step is taken as constant. */
function driftEstimate(bound: DriftBound | null, value: number): Estimate | null {
  if (bound === null || bound.high === null) return null
  return { value, low: Math.min(bound.low, value), high: Math.max(bound.high, value) }
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
    `canary answers ${name} ${formatPercent(counts.canary[place]! / totalOf(counts.canary))} of the time, ` +
    `stable ${formatPercent(counts.stable[place]! / totalOf(counts.stable))}: ${distance}, ${limit}`
  )
}
