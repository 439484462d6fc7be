import type { ArmCounts } from './counts.ts'
import { distanceBetween, gradientOf, type CategoryOrder, type Distance, type GradientOf } from './distances.ts'
import { sharesOf } from './drift-floor.ts'
import { categoryOrder, type DriftPartition } from './drift-layout.ts'

const NO_ORDER: CategoryOrder = { places: [], widths: [] }

/** Sorting classes by name costs more than the rest of a look, so it is left to the distances that need it. */
export function orderFor(distance: Distance, partition: DriftPartition): CategoryOrder {
  return distance === 'ks' || distance === 'w1' ? categoryOrder(partition) : NO_ORDER
}

export function gradientIn(distance: Distance, partition: DriftPartition): GradientOf {
  return gradientOf(distance, orderFor(distance, partition))
}

/** Distance of the shares as counted, with half a prediction added to every category. */
export function countedDistance(distance: Distance, partition: DriftPartition, counts: ArmCounts): number {
  return distanceBetween(gradientIn(distance, partition), sharesOf(counts.canary), sharesOf(counts.stable))
}
