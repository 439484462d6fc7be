import { totalOf } from './counts.ts'
import type { CategoryOrder, Distance } from './distances.ts'
import { largestDrift, type StepCounts } from './drift-bound.ts'

/** Categories rarer than this in stable's history are judged together: nobody can show that a rare one did not vanish. */
const RARE = 0.01

/**
 * Largest distance that the step's counts leave possible, at every look with probability 1 - falsePromote.
 *
 * PSI, TV, JS and Hellinger: rare categories are joined, which can only lessen the distance. KS is the largest of its
 * prefixes' distances; to be below a limit, each prefix has to be excluded alone, so their number needs no correction. W1
 * adds its prefixes up, so all their bounds have to hold at once.
 *
 * @param logClear ln(1 / falsePromote)
 * @param dispersion at least 1
 */
export function largestDriftOf(
  counts: StepCounts,
  distance: Distance,
  order: CategoryOrder,
  logClear: number,
  dispersion: number,
): number {
  if (distance !== 'ks' && distance !== 'w1') return largestDrift(joinRare(counts), distance, dispersion * logClear)
  const prefixes = order.widths.map((_, i) => splitAfter(counts, order.places, i))
  const logEach = distance === 'ks' ? logClear : logClear + Math.log(Math.max(prefixes.length, 1))
  const bounds = prefixes.map((prefix) => largestDrift(prefix, 'tv', dispersion * logEach))
  if (distance === 'ks') return Math.max(0, ...bounds)
  return bounds.reduce((area, bound, i) => area + order.widths[i]! * bound, 0)
}

function splitAfter({ canary, stable, earlier }: StepCounts, places: readonly number[], last: number): StepCounts {
  const split = (counts: readonly number[]) => {
    const below = places.slice(0, last + 1).reduce((sum, place) => sum + counts[place]!, 0)
    return [below, totalOf(counts) - below]
  }
  return { canary: split(canary), stable: split(stable), earlier: split(earlier) }
}

/** Chosen by stable's earlier counts alone, which are known before the step's evidence begins. */
function joinRare(counts: StepCounts): StepCounts {
  const groups = groupRare(counts)
  const join = (list: readonly number[]) => groups.map((group) => joined(list, group))
  return { canary: join(counts.canary), stable: join(counts.stable), earlier: join(counts.earlier) }
}

function groupRare({ canary, stable, earlier }: StepCounts): number[][] {
  const least = RARE * totalOf(earlier)
  const places = [...earlier.keys()]
  const kept = places.filter((k) => earlier[k]! >= least)
  const rare = places.filter((k) => earlier[k]! < least)
  const groups = kept.map((k) => [k])
  if (joined(canary, rare) + joined(stable, rare) + joined(earlier, rare) === 0) return groups
  // One category alone would have no distance to show; then the rare ones are a category, however rare they are together.
  if (joined(earlier, rare) >= least || kept.length < 2) return [...groups, rare]
  const rarest = kept.reduce((found, place, i) => (earlier[place]! < earlier[kept[found]!]! ? i : found), 0)
  return groups.map((group, i) => (i === rarest ? [...group, ...rare] : group))
}

function joined(counts: readonly number[], places: readonly number[]): number {
  return places.reduce((sum, place) => sum + counts[place]!, 0)
}
