import { InputError, type Arm, type ShadowCounts } from '#decision'
import { addHistograms, isSoundHistogram, type CumulativeCounts } from './buckets.ts'
import type { Counter, Part, Target } from './counter.ts'

/** What one target counted in one window, by slot. */
export interface TargetCounts {
  readonly target: Target
  readonly counts: readonly number[]
}

/** What a shadow comparator counts, nothing left out. */
export type AllShadowCounts = Readonly<Record<keyof ShadowCounts, number>>

/** Limits of a window's classes; a label beyond them is no class. */
const MAX_CLASSES = 4_096
const MAX_CLASS_NAME = 256

/**
 * Adds up what the targets of one arm counted.
 *
 * @param measured parts that some target has been seen to count: they are 0 where nothing was counted, others are absent
 * @throws {InputError} when targets cannot be added: no common bucket bound, several outputs, too many classes
 */
export function addArm(targets: readonly TargetCounts[], measured: ReadonlySet<Part>): Arm {
  const latency = measured.has('latency') ? addHistograms(histograms(targets, 'latency'), 'latency buckets') : undefined
  const values = measured.has('values') ? addHistograms(histograms(targets, 'values'), 'prediction values') : undefined
  return {
    requests: addUp(targets, ({ meaning }) => meaning.kind === 'requests'),
    ...(measured.has('errors') && {
      errors: addUp(targets, ({ meaning: m }) => m.kind === 'errors' || (m.kind === 'requests' && m.error === true)),
    }),
    ...(latency && { latency }),
    ...(measured.has('predictions') && { predictions: addPredictions(targets) }),
    ...(values && { values }),
  }
}

/** Adds up what the targets' shadow comparators counted; undefined when none has been seen to compare. */
export function addShadow(targets: readonly TargetCounts[], measured: ReadonlySet<Part>): AllShadowCounts | undefined {
  if (!measured.has('shadow')) return undefined
  const count = (kind: keyof ShadowCounts) => addUp(targets, ({ meaning }) => meaning.kind === kind)
  return {
    pairs: count('pairs'),
    disagreements: count('disagreements'),
    canaryOnlyErrors: count('canaryOnlyErrors'),
    stableOnlyErrors: count('stableOnlyErrors'),
  }
}

/** The part that a counter belongs to; a counter of requests that tells codes apart measures errors as well. */
export function partsOf({ meaning }: Counter): readonly Part[] {
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
  }
}

function addUp(targets: readonly TargetCounts[], counts: (counter: Counter) => boolean): number {
  let total = 0
  for (const { target, counts: bySlot } of targets) {
    target.counters.forEach((counter, slot) => {
      if (counts(counter)) total += bySlot[slot] ?? 0
    })
  }
  return total
}

/** Every histogram of every target, bounds rising; those that a broken counter made unsound are left out. */
function histograms(targets: readonly TargetCounts[], kind: 'latency' | 'values'): CumulativeCounts[] {
  return targets.flatMap(({ target, counts }) => {
    const groups = new Map<string, { le: number; count: number }[]>()
    target.counters.forEach(({ meaning }, slot) => {
      if (meaning.kind !== kind) return
      const bucket = { le: meaning.le, count: counts[slot] ?? 0 }
      const group = groups.get(meaning.group)
      if (group === undefined) groups.set(meaning.group, [bucket])
      else group.push(bucket)
    })
    return [...groups.values()]
      .map((group) => group.sort((a, b) => a.le - b.le))
      .map((group) => ({ le: group.map(({ le }) => le), counts: group.map(({ count }) => count) }))
      .filter(isSoundHistogram)
  })
}

function addPredictions(targets: readonly TargetCounts[]): Record<string, number> {
  const classes = new Map<string, number>()
  const outputs = new Set<string>()
  for (const { target, counts } of targets) {
    target.counters.forEach(({ meaning }, slot) => {
      if (meaning.kind !== 'predictions') return
      outputs.add(meaning.output)
      const name = meaning.className.slice(0, MAX_CLASS_NAME)
      classes.set(name, (classes.get(name) ?? 0) + (counts[slot] ?? 0))
    })
  }
  if (outputs.size > 1) {
    const names = [...outputs].sort().join('", "')
    throw new InputError('predictions by class', [
      { path: 'output', text: `expected one output, received "${names}": a request would count once for each` },
    ])
  }
  if (classes.size > MAX_CLASSES) {
    throw new InputError('predictions by class', [
      { path: 'class', text: `expected at most ${MAX_CLASSES} classes, received ${classes.size}` },
    ])
  }
  return Object.fromEntries(classes)
}
