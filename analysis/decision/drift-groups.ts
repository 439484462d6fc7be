import type { CategoryOrder, Distance } from './distances.ts'
import { largestDrift, type StepCounts } from './drift-bound.ts'

/** Categories rarer than this in stable's history are judged together: nobody can show that a rare one did not vanish. */
const RARE = 0.01

/**
 * Largest distance that the step's counts leave possible, at every look with probability 1 - falsePromote.
 *
 * PSI, TV, JS and Hellinger: rare categories are joined, which can only lessen the distance. KS is the largest of its
 * prefixes' distances, each of which has to be excluded alone; W1 adds its prefixes up, so their sum needs all intervals to
 * hold at once.
 *
 * @param logClear ln(1 / falsePromote)
 * @param dispersion at least 1
 */
export function driftUpperBound(
  counts: StepCounts,
  distance: Distance,
  order: CategoryOrder,
  logClear: number,
  dispersion: number,
): number {
  if (distance !== 'ks' && distance !== 'w1') {
    return largestDrift(joinRare(counts), distance, dispersion * logClear)
  }
  const prefixes = order.widths.map((_, i) => splitAfter(counts, order.places, i))
  const logBudget = dispersion * (distance === 'ks' ? logClear : logClear + Math.log(Math.max(prefixes.length, 1)))
  const bounds = prefixes.map((prefix) => largestDrift(prefix, 'tv', logBudget))
  if (distance === 'ks') return Math.max(0, ...bounds)
  return bounds.reduce((area, bound, i) => area + order.widths[i]! * bound, 0)
}

function splitAfter({ canary, stable, earlier }: StepCounts, places: readonly number[], last: number): StepCounts {
  const split = (counts: readonly number[]) => {
    const below = places.slice(0, last + 1).reduce((sum, place) => sum + counts[place]!, 0)
    return [below, counts.reduce((sum, count) => sum + count, 0) - below]
  }
  return { canary: split(canary), stable: split(stable), earlier: split(earlier) }
}

/** Chosen by stable's earlier counts alone, which are known before the step's evidence begins. */
function joinRare(counts: StepCounts): StepCounts {
  const { earlier } = counts
  const all = earlier.reduce((sum, count) => sum + count, 0)
  const places = [...earlier.keys()]
  const kept = places.filter((k) => earlier[k]! >= RARE * all)
  const rare = places.filter((k) => earlier[k]! < RARE * all)
  const join = (list: readonly number[], group: readonly number[]) => group.reduce((sum, k) => sum + list[k]!, 0)
  const groups = kept.map((k) => [k])
  const seen = join(counts.canary, rare) + join(counts.stable, rare) + join(earlier, rare) > 0
  if (seen && (join(earlier, rare) >= RARE * all || kept.length < 2)) groups.push(rare)
  else if (seen) groups[rarest(kept, earlier)]!.push(...rare)
  const grouped = (list: readonly number[]) => groups.map((group) => join(list, group))
  return { canary: grouped(counts.canary), stable: grouped(counts.stable), earlier: grouped(earlier) }
}

function rarest(kept: readonly number[], earlier: readonly number[]): number {
  return kept.reduce((least, place, i) => (earlier[place]! < earlier[kept[least]!]! ? i : least), 0)
}
