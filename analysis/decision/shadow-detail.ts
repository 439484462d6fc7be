import { rateEstimate } from './confidence.ts'
import type { PairShare, SliceShare } from './verdict.ts'
import {
  MAX_SLICES,
  OTHER_SLICES,
  SHADOW_CAUSES,
  type CauseCounts,
  type PairCounts,
  type ShadowCounts,
} from './window.ts'

/** What explains a disagreement, counted since the rollout began. No evidence is made of it. Plain JSON. */
export interface ShadowDetail {
  readonly causes: CauseCounts
  /** Stable asked twice. */
  readonly noise: PairCounts
  readonly slices: readonly SliceCounts[]
}

export interface SliceCounts extends PairCounts {
  readonly slice: string
}

/** Confidence with which all slices' intervals hold together. */
const CONFIDENCE = 0.95

export function openShadowDetail(): ShadowDetail {
  return { causes: {}, noise: { pairs: 0, disagreements: 0 }, slices: [] }
}

/** The detail after a window. The first slices that appear keep their names, further ones are counted together. */
export function addShadowDetail(before: ShadowDetail, shadow: ShadowCounts | undefined): ShadowDetail {
  if (shadow?.causes === undefined && shadow?.noise === undefined && shadow?.slices === undefined) return before
  const { causes, noise, slices } = shadow
  return {
    causes: causes === undefined ? before.causes : addCauses(before.causes, causes),
    noise: noise === undefined ? before.noise : addPairs(before.noise, noise),
    slices: slices === undefined ? before.slices : addSlices(before.slices, slices),
  }
}

function addCauses(before: CauseCounts, causes: CauseCounts): CauseCounts {
  const sums = SHADOW_CAUSES.map((cause) => [cause, (before[cause] ?? 0) + (causes[cause] ?? 0)] as const)
  return Object.fromEntries(sums.filter(([, count]) => count > 0))
}

function addSlices(before: readonly SliceCounts[], slices: Readonly<Record<string, PairCounts>>): SliceCounts[] {
  const sums = new Map<string, PairCounts>(before.map((counts) => [counts.slice, counts]))
  for (const [name, counts] of Object.entries(slices)) {
    const named = sums.size - (sums.has(OTHER_SLICES) ? 1 : 0)
    const slice = sums.has(name) || named < MAX_SLICES - 1 ? name : OTHER_SLICES
    sums.set(slice, addPairs(sums.get(slice), counts))
  }
  return [...sums].map(([slice, { pairs, disagreements }]) => ({ slice, pairs, disagreements }))
}

function addPairs(sum: PairCounts = { pairs: 0, disagreements: 0 }, counts: PairCounts): PairCounts {
  return { pairs: sum.pairs + counts.pairs, disagreements: sum.disagreements + counts.disagreements }
}

/**
 * How often stable contradicts itself; null where it was not asked twice.
 *
 * @param dispersion of the disagreements between the models, at least 1: what makes those come in bursts, such as requests of
 *   many rows, makes these as well
 */
export function noiseShare({ noise }: ShadowDetail, dispersion: number): PairShare | null {
  const estimate = rateEstimate(noise.disagreements, noise.pairs, dispersion)
  return estimate === null ? null : { ...noise, estimate }
}

/**
 * Every slice with its share, worst first. Slices are ordered by the lower ends of their intervals, because a slice of one
 * pair that differs would otherwise be the worst of all. The intervals are widened for the number of slices (Bonferroni):
 * whoever names the worst of fifty has looked fifty times.
 *
 * @param all pairs of all slices and of none
 * @param dispersion at least 1
 */
export function sliceShares({ slices }: ShadowDetail, all: PairCounts, dispersion: number): SliceShare[] {
  const confidence = 1 - (1 - CONFIDENCE) / Math.max(slices.length, 1)
  return slices
    .flatMap(({ slice, pairs, disagreements }) => {
      const estimate = rateEstimate(disagreements, pairs, dispersion, confidence)
      if (estimate === null) return []
      const rest = rateEstimate(
        Math.max(all.disagreements - disagreements, 0),
        Math.max(all.pairs - pairs, 0),
        dispersion,
      )
      return [{ slice, pairs, disagreements, estimate, standsOut: rest !== null && estimate.low > rest.high }]
    })
    .sort((a, b) => b.estimate.low - a.estimate.low || b.estimate.value - a.estimate.value || byName(a, b))
}

function byName(a: SliceCounts, b: SliceCounts): number {
  return a.slice < b.slice ? -1 : 1
}
