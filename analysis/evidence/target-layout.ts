import type { ShadowCause } from '#decision'
import type { Counter, Meaning, Part } from './counter.ts'

/** One cumulative histogram of a target: the slots of its buckets, bounds rising. */
export interface HistogramLayout {
  readonly le: readonly number[]
  readonly slots: readonly number[]
}

/** Which slots of a target count what. */
export interface TargetLayout {
  /** Parts of the evidence that its counters belong to. */
  readonly parts: ReadonlySet<Part>
  readonly requests: readonly number[]
  readonly errors: readonly number[]
  readonly latency: readonly HistogramLayout[]
  readonly values: readonly HistogramLayout[]
  readonly predictions: readonly { readonly slot: number; readonly className: string }[]
  /** Outputs that its predictions belong to. */
  readonly outputs: readonly string[]
  readonly pairs: readonly number[]
  readonly disagreements: readonly number[]
  readonly canaryOnlyErrors: readonly number[]
  readonly stableOnlyErrors: readonly number[]
  readonly causes: readonly { readonly slot: number; readonly cause: ShadowCause }[]
  readonly noisePairs: readonly number[]
  readonly noiseDisagreements: readonly number[]
  readonly slicePairs: readonly SliceSlot[]
  readonly sliceDisagreements: readonly SliceSlot[]
}

export interface SliceSlot {
  readonly slot: number
  readonly slice: string
}

/** Sorts counters by what they count, so that adding them up need not ask each one again. */
export function makeLayout(counters: readonly Counter[]): TargetLayout {
  const slotsOf = (counts: (meaning: Meaning) => boolean) =>
    counters.flatMap(({ meaning }, slot) => (counts(meaning) ? [slot] : []))
  return {
    parts: new Set(counters.flatMap(partsOf)),
    requests: slotsOf(({ kind }) => kind === 'requests'),
    errors: slotsOf((meaning) => meaning.kind === 'errors' || (meaning.kind === 'requests' && meaning.error === true)),
    latency: histogramsOf(counters, 'latency'),
    values: histogramsOf(counters, 'values'),
    predictions: counters.flatMap(({ meaning }, slot) =>
      meaning.kind === 'predictions' ? [{ slot, className: meaning.className }] : [],
    ),
    outputs: [...new Set(counters.flatMap(({ meaning }) => (meaning.kind === 'predictions' ? [meaning.output] : [])))],
    pairs: slotsOf(({ kind }) => kind === 'pairs'),
    disagreements: slotsOf(({ kind }) => kind === 'disagreements'),
    canaryOnlyErrors: slotsOf(({ kind }) => kind === 'canaryOnlyErrors'),
    stableOnlyErrors: slotsOf(({ kind }) => kind === 'stableOnlyErrors'),
    causes: counters.flatMap(({ meaning }, slot) => (meaning.kind === 'cause' ? [{ slot, cause: meaning.cause }] : [])),
    noisePairs: slotsOf(({ kind }) => kind === 'noisePairs'),
    noiseDisagreements: slotsOf(({ kind }) => kind === 'noiseDisagreements'),
    slicePairs: sliceSlots(counters, 'slicePairs'),
    sliceDisagreements: sliceSlots(counters, 'sliceDisagreements'),
  }
}

function sliceSlots(counters: readonly Counter[], kind: 'slicePairs' | 'sliceDisagreements'): SliceSlot[] {
  return counters.flatMap(({ meaning }, slot) => (meaning.kind === kind ? [{ slot, slice: meaning.slice }] : []))
}

/** Histograms that have an infinite bucket; one without is not all there yet. */
function histogramsOf(counters: readonly Counter[], kind: 'latency' | 'values'): HistogramLayout[] {
  const groups = new Map<string, { le: number; slot: number }[]>()
  counters.forEach(({ meaning }, slot) => {
    if (meaning.kind !== kind) return
    const buckets = groups.get(meaning.group) ?? []
    groups.set(meaning.group, buckets)
    buckets.push({ le: meaning.le, slot })
  })
  return [...groups.values()]
    .map((buckets) => buckets.sort((a, b) => a.le - b.le))
    .filter((buckets) => buckets.at(-1)?.le === Infinity)
    .map((buckets) => ({ le: buckets.map(({ le }) => le), slots: buckets.map(({ slot }) => slot) }))
}

/** The part that a counter belongs to; a counter of requests that tells codes apart measures errors as well. */
function partsOf({ meaning }: Counter): readonly Part[] {
  switch (meaning.kind) {
    case 'requests':
      return meaning.error === undefined ? ['requests'] : ['requests', 'errors']
    case 'errors':
    case 'latency':
    case 'values':
    case 'predictions':
      return [meaning.kind]
    case 'pairs':
    case 'disagreements':
      return ['shadow']
    case 'canaryOnlyErrors':
    case 'stableOnlyErrors':
      return ['shadowErrors']
    case 'cause':
      return ['shadowCauses']
    case 'noisePairs':
    case 'noiseDisagreements':
      return ['shadowNoise']
    case 'slicePairs':
    case 'sliceDisagreements':
      return ['shadowSlices']
  }
}
