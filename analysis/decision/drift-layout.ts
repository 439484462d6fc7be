import { commonBounds, countsIn, placesOf, regroup, sameBounds, thinBounds } from './buckets.ts'
import {
  classCounts,
  classOrder,
  foldClasses,
  limitClasses,
  nameClasses,
  openClasses,
  type ClassPartition,
} from './classes.ts'
import { addCounts, type ArmCounts } from './counts.ts'
import type { CategoryOrder } from './distances.ts'
import { openDriftMemory, type DriftMemory } from './drift-memory.ts'
import { InputError } from '#faults'
import { openScatter, regroupScatter, type Scatter } from './scatter.ts'
import type { Arm, Window } from './window.ts'

/** More score buckets than this cost power. */
const MOST_BOUNDS = 15

/** Buckets of a histogram of prediction values; `chosen` once they were reduced to those that matter. */
interface ValuePartition {
  readonly kind: 'values'
  readonly bounds: readonly number[]
  readonly chosen: boolean
}

export type DriftPartition = ClassPartition | ValuePartition

/** The categories of predictions, and everything that is counted in them. */
export interface DriftLayout {
  readonly partition: DriftPartition
  readonly memory: DriftMemory
  readonly scatter: Scatter
  /** Stable's counts from before the step's evidence began. */
  readonly earlier: readonly number[]
  /** Both arms since the step's evidence began. */
  readonly step: ArmCounts
  /** Both arms since the rollout began; stable's as if it had had the canary's requests in every window. */
  readonly total: ArmCounts
}

export const NO_ARM_COUNTS: ArmCounts = { canary: [], stable: [] }

export function openDriftLayout(of: 'classes' | 'values'): DriftLayout {
  return {
    partition: of === 'classes' ? openClasses() : { kind: 'values', bounds: [], chosen: false },
    memory: openDriftMemory(0),
    scatter: openScatter(),
    earlier: [],
    step: NO_ARM_COUNTS,
    total: NO_ARM_COUNTS,
  }
}

/** Number of categories. */
export function categoriesOf(partition: DriftPartition): number {
  return (partition.kind === 'classes' ? partition.labels.length : partition.bounds.length) + 1
}

/** The layout with common categories for the window's arms. @throws {InputError} when histograms have no bound in common */
export function alignDrift(layout: DriftLayout, window: Window, history: boolean): DriftLayout {
  const { partition } = layout
  if (partition.kind === 'classes') return layout
  const measured: readonly (readonly [string, Arm | undefined])[] = history
    ? [
        ['stable.values.le', window.stable],
        ['aa.canary.values.le', window.aa?.canary],
        ['aa.stable.values.le', window.aa?.stable],
      ]
    : [
        ['stable.values.le', window.stable],
        ['canary.values.le', window.canary],
      ]
  let bounds = partition.bounds
  for (const [path, arm] of measured) {
    if (arm?.values === undefined) continue
    const { le } = arm.values
    const common = bounds.length === 0 ? le : commonBounds(bounds, le)
    if (common.length === 0) {
      const text = `expected a bound in common with ${bounds.join(', ')}, received ${le.join(', ')}`
      throw new InputError(`window at ${window.at}`, [{ path, text }])
    }
    bounds = common
  }
  return withBounds(layout, partition, bounds)
}

function withBounds(layout: DriftLayout, partition: ValuePartition, bounds: readonly number[]): DriftLayout {
  if (sameBounds(partition.bounds, bounds)) return layout
  const changed = changeCounts(layout, (counts) => regroup(counts, partition.bounds, bounds))
  const places = [...placesOf(partition.bounds, bounds), partition.bounds.length]
  return {
    ...changed,
    partition: { ...partition, bounds },
    scatter: regroupScatter(changed.scatter, places),
  }
}

/** Fixes the categories before the first window is judged, from stable's history alone. */
export function fixCategories(layout: DriftLayout): DriftLayout {
  const { partition, earlier } = layout
  if (partition.kind === 'values') {
    const { bounds } = partition
    const mass = (before: number, _: number, after: number) => {
      let sum = 0
      for (let k = before + 1; k <= after; k += 1) sum += earlier[k] ?? 0
      return sum
    }
    const fixed = withBounds(layout, partition, thinBounds(bounds, MOST_BOUNDS, mass))
    return fixed.partition.kind === 'values' ? { ...fixed, partition: { ...fixed.partition, chosen: true } } : fixed
  }
  const { partition: limited, places } = limitClasses(partition, earlier)
  const folded = changeCounts(layout, (counts) => foldClasses(counts, places))
  return { ...folded, partition: limited, scatter: regroupScatter(layout.scatter, [0, ...places]) }
}

/** Counts of an arm per category; null when it was not measured. */
export function categoryCounts(partition: DriftPartition, arm: Arm | undefined): readonly number[] | null {
  if (arm === undefined) return null
  if (partition.kind === 'classes') return classCounts(partition, arm)
  return arm.values === undefined ? null : countsIn(arm.values, partition.bounds)
}

/** Gives classes that were first seen in a window a category of their own for the windows after it. */
export function growCategories(layout: DriftLayout, arms: readonly (Arm | undefined)[]): DriftLayout {
  const { partition } = layout
  if (partition.kind === 'values') return layout
  const grown = nameClasses(partition, arms)
  if (grown === partition) return layout
  const none = Array<number>(grown.labels.length + 1).fill(0)
  return { ...changeCounts(layout, (counts) => addCounts(counts, none)), partition: grown }
}

/** Order of the categories, for distances that need one: values by their buckets, classes by name. */
export function categoryOrder(partition: DriftPartition): CategoryOrder {
  if (partition.kind === 'classes') {
    const places = classOrder(partition)
    return { places, widths: places.slice(1).map(() => 1) }
  }
  const { bounds } = partition
  const first = bounds[0]!
  const last = bounds.at(-1)!
  // Each bucket's predictions are taken to lie in its middle; the outer buckets are as wide as their neighbours.
  const edges = [2 * first - (bounds[1] ?? first + 1), ...bounds, 2 * last - (bounds.at(-2) ?? last - 1)]
  const widths = bounds.map((_, k) => (edges[k + 2]! - edges[k]!) / 2)
  return { places: [...widths.keys(), widths.length], widths }
}

/** A category as people know it. */
export function categoryName(partition: DriftPartition, place: number): string {
  if (partition.kind === 'classes') return place === 0 ? 'another class' : `class ${partition.labels[place - 1]!}`
  const { bounds } = partition
  if (place === 0) return `up to ${bounds[0]!}`
  return place === bounds.length ? `above ${bounds[place - 1]!}` : `${bounds[place - 1]!} to ${bounds[place]!}`
}

function changeCounts(layout: DriftLayout, change: (counts: readonly number[]) => readonly number[]): DriftLayout {
  const both = ({ canary, stable }: ArmCounts) => ({ canary: change(canary), stable: change(stable) })
  return {
    ...layout,
    memory: { long: both(layout.memory.long), recent: both(layout.memory.recent) },
    earlier: change(layout.earlier),
    step: both(layout.step),
    total: both(layout.total),
  }
}
