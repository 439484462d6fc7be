import { MAX_SLICES, OTHER_SLICES, SHADOW_CAUSES, type PairCounts, type ShadowCounts } from '#decision'
import { addUp, type TargetCounts } from './arm-counts.ts'
import type { SliceSlot, TargetLayout } from './target-layout.ts'

/** What a shadow comparator counts of all pairs. */
export type PairTotals = Readonly<Record<'pairs' | 'disagreements' | 'canaryOnlyErrors' | 'stableOnlyErrors', number>>

/** Names are labels of metrics, and the comparator cuts its own at 60. */
const MAX_SLICE_NAME = 128

/** Adds up what the targets' shadow comparators counted. */
export function addPairs(targets: readonly TargetCounts[]): PairTotals {
  return {
    pairs: addUp(targets, ({ pairs }) => pairs),
    disagreements: addUp(targets, ({ disagreements }) => disagreements),
    canaryOnlyErrors: addUp(targets, ({ canaryOnlyErrors }) => canaryOnlyErrors),
    stableOnlyErrors: addUp(targets, ({ stableOnlyErrors }) => stableOnlyErrors),
  }
}

/** Why pairs spoke against the canary; undefined where none did. */
export function addCauses(targets: readonly TargetCounts[]): ShadowCounts['causes'] {
  const counted = SHADOW_CAUSES.map((cause) => {
    const slots = ({ causes }: TargetLayout) => causes.filter((slot) => slot.cause === cause).map(({ slot }) => slot)
    return [cause, addUp(targets, slots)] as const
  }).filter(([, count]) => count > 0)
  return counted.length === 0 ? undefined : Object.fromEntries(counted)
}

/** How often stable contradicted itself; a canary that does says nothing of stable. Undefined where it was not asked. */
export function addNoise(targets: readonly TargetCounts[]): ShadowCounts['noise'] {
  const stable = targets.filter(({ target }) => target.arm === 'stable')
  const pairs = addUp(stable, ({ noisePairs }) => noisePairs)
  const disagreements = addUp(stable, ({ noiseDisagreements }) => noiseDisagreements)
  return pairs === 0 ? undefined : { pairs, disagreements: Math.min(disagreements, pairs) }
}

/**
 * Pairs by slice, those that had any; undefined where none had. Every pod bounds its slices for itself, and several may have
 * chosen different ones: the largest keep their names, the rest are added up as `other`.
 */
export function addSlices(targets: readonly TargetCounts[]): ShadowCounts['slices'] {
  const pairs = addBySlice(targets, ({ slicePairs }) => slicePairs)
  const disagreements = addBySlice(targets, ({ sliceDisagreements }) => sliceDisagreements)
  const counted = [...pairs]
    .filter(([, count]) => count > 0)
    .map(([slice, count]) => ({ slice, pairs: count, disagreements: Math.min(disagreements.get(slice) ?? 0, count) }))
    .sort((a, b) => b.pairs - a.pairs || (a.slice < b.slice ? -1 : 1))
  if (counted.length === 0) return undefined
  const slices = new Map<string, PairCounts>()
  for (const [place, counts] of counted.entries()) {
    const slice = place < MAX_SLICES - 1 ? counts.slice : OTHER_SLICES
    const sum = slices.get(slice) ?? { pairs: 0, disagreements: 0 }
    slices.set(slice, { pairs: sum.pairs + counts.pairs, disagreements: sum.disagreements + counts.disagreements })
  }
  return Object.fromEntries(slices)
}

function addBySlice(
  targets: readonly TargetCounts[],
  slotsOf: (layout: TargetLayout) => readonly SliceSlot[],
): Map<string, number> {
  const sums = new Map<string, number>()
  for (const { target, counts } of targets) {
    for (const { slot, slice } of slotsOf(target.layout)) {
      const name = slice.slice(0, MAX_SLICE_NAME)
      sums.set(name, (sums.get(name) ?? 0) + (counts[slot] ?? 0))
    }
  }
  return sums
}
