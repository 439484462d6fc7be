import { classNamer } from '../server/class-names.ts'
import { compareBatch, type Candidate, type ComparisonClock, type ComparisonRules } from './compare-batch.ts'
import { exampleStore } from './example-store.ts'
import { exampleCount, type ShadowBatch, type ShadowOrigin } from './shadow-pair.ts'
import type { ComparatorRecorder, IntakeDrop } from './shadow-recorder.ts'
import { SHADOW_CAUSES, type ShadowExample, type ShadowTally } from './shadow-tally.ts'
import { sliceNamer } from './slices.ts'

/** Different flips that are counted one by one; every further one counts as from `other` to `other`. */
const MAX_FLIPS = 200
const OTHER = 'other'

export interface ComparatorOptions {
  /** The model to compare stable's with; undefined while none is ready. */
  readonly candidateFor: (origin: ShadowOrigin) => Promise<Candidate | undefined>
  readonly rules: ComparisonRules
  readonly recorder: ComparatorRecorder
  /** Names of the classes 0, 1, 2 ...; empty to use the labels as they are. */
  readonly classNames: readonly string[]
  /** Examples that are kept for people. */
  readonly maxExamples: number
  /** Examples that may wait. */
  readonly maxQueued: number
  /** After so long the candidate counts as hung, and what it was given as failed, milliseconds; for as long as it hangs, again. */
  readonly timeoutMs: number
  /** How long the candidate has waited for a processor since it began, milliseconds: one that starves does not hang. */
  readonly starvedMs: () => number
  /** Told once what kept models from being compared. */
  readonly onMismatch: (text: string) => void
  readonly onFault: (error: unknown) => void
  readonly clock: ComparisonClock
}

/** Everything that was compared so far, for people. Plain JSON. */
export interface ComparatorReport {
  readonly pairs: number
  readonly disagreements: number
  readonly canaryOnlyErrors: number
  readonly stableOnlyErrors: number
  readonly flips: readonly {
    readonly output: string
    readonly stable: string
    readonly canary: string
    readonly count: number
  }[]
  readonly slices: readonly { readonly slice: string; readonly pairs: number; readonly disagreements: number }[]
  readonly dropped: Readonly<Partial<Record<IntakeDrop, number>>>
  readonly examples: readonly ShadowExample[]
}

/** Compares what stable pods send, one batch at a time. */
export interface Comparator {
  /**
   * Takes a batch to compare it later.
   *
   * @returns whether there was room; a batch without is counted as dropped
   */
  offer(batch: ShadowBatch): boolean
  report(): ComparatorReport
  /** Takes nothing more, drops what waits, and waits for the batch under way, unless the candidate has hung. */
  close(): Promise<void>
}

/** Opens a comparator; its queue is bounded in examples, its messages are bounded in bytes by whoever reads them. */
export function openComparator(options: ComparatorOptions): Comparator {
  const { recorder, clock, timeoutMs } = options
  const nameClass = classNamer(options.classNames)
  const nameSlice = sliceNamer()
  const store = exampleStore(options.maxExamples)
  const flips = new Map<string, ComparatorReport['flips'][number] & { count: number }>()
  const slices = new Map<string, { slice: string; pairs: number; disagreements: number }>()
  const dropped: Partial<Record<IntakeDrop, number>> = {}
  const totals = { pairs: 0, disagreements: 0, canaryOnlyErrors: 0, stableOnlyErrors: 0 }
  const queue: ShadowBatch[] = []
  let queued = 0
  let working: Promise<void> | undefined
  let hung: { next: ShadowBatch | undefined; readonly timer: NodeJS.Timeout } | undefined
  let isOpen = true
  let mismatchTold = false

  return {
    offer(batch) {
      const examples = countExamples(batch)
      if (isOpen && hung !== undefined && hung.next === undefined) {
        hung.next = batch
        return true
      }
      if (!isOpen || hung !== undefined || (queue.length > 0 && queued + examples > options.maxQueued)) {
        drop(hung === undefined ? 'queue' : 'hung', examples)
        return false
      }
      queue.push(batch)
      queued += examples
      working ??= work()
      return true
    },
    report: () => ({
      ...totals,
      flips: [...flips.values()].sort((a, b) => b.count - a.count),
      slices: [...slices.values()].sort((a, b) => b.pairs - a.pairs),
      dropped,
      examples: store.list(),
    }),
    async close() {
      isOpen = false
      for (const batch of queue.splice(0)) drop('queue', countExamples(batch))
      if (hung === undefined) await working
      else endHang(hung)
    },
  }

  async function work(): Promise<void> {
    for (let batch = queue.shift(); batch !== undefined; batch = queue.shift()) {
      queued -= countExamples(batch)
      try {
        await compare(batch)
      } catch (error) {
        drop('fault', countExamples(batch))
        options.onFault(error)
      }
    }
    working = undefined
  }

  async function compare(batch: ShadowBatch): Promise<void> {
    const candidate = await options.candidateFor(batch.origin)
    if (candidate === undefined) {
      drop('noModel', countExamples(batch))
      return
    }
    const comparison = compareBatch(batch, candidate, options.rules, clock)
    const timer = Promise.withResolvers<'hung'>()
    const watch = watchForHang(() => {
      timer.resolve('hung')
    })
    const tally = await Promise.race([comparison, timer.promise]).finally(() => {
      clearInterval(watch)
    })
    if (tally !== 'hung') {
      count(tally)
    } else if (isOpen) {
      await waitForHung(batch, comparison)
    } else {
      // Whoever closes does not wait for it.
      drop('hung', countExamples(batch))
      comparison.catch(options.onFault)
    }
  }

  /** Calls back whenever the candidate has owed an answer for so long and had the processor for at least half of it. */
  function watchForHang(onHang: () => void): NodeJS.Timeout {
    let starvedMs = options.starvedMs()
    return setInterval(() => {
      const before = starvedMs
      starvedMs = options.starvedMs()
      if (starvedMs - before < timeoutMs / 2) onHang()
    }, timeoutMs)
  }

  /**
   * A candidate that hangs fails stable's requests as far as users are concerned. What it was given is counted so and, each time
   * that it has hung for so long again, one batch that came meanwhile; of the rest nothing is known, and it is dropped.
   */
  async function waitForHung(batch: ShadowBatch, comparison: Promise<ShadowTally>): Promise<void> {
    countHung(batch)
    const timer = watchForHang(() => {
      if (hung?.next === undefined) return
      countHung(hung.next)
      hung.next = undefined
    })
    const mine = { next: queue.shift(), timer }
    hung = mine
    for (const waiting of queue.splice(0)) drop('hung', countExamples(waiting))
    queued = 0
    await comparison.finally(() => {
      if (hung === mine) endHang(mine)
    })
  }

  /** What waited for the candidate is compared now that it answers; nothing is after the end. */
  function endHang({ next, timer }: NonNullable<typeof hung>): void {
    clearInterval(timer)
    hung = undefined
    if (next === undefined) return
    if (!isOpen) {
      drop('hung', countExamples(next))
      return
    }
    queue.push(next)
    queued += countExamples(next)
  }

  function countHung(batch: ShadowBatch): void {
    const examples = countExamples(batch)
    recorder.pairs(examples)
    recorder.errors('canary', examples)
    recorder.cause('hung', examples)
    totals.pairs += examples
    totals.canaryOnlyErrors += examples
  }

  function count(tally: ShadowTally): void {
    const { pairs, disagreements, errors } = tally
    totals.pairs += pairs
    totals.disagreements += disagreements
    totals.canaryOnlyErrors += errors.canary
    totals.stableOnlyErrors += errors.stable
    if (pairs > 0) recorder.pairs(pairs)
    if (disagreements > 0) recorder.disagreements(disagreements)
    if (errors.canary > 0) recorder.errors('canary', errors.canary)
    if (errors.stable > 0) recorder.errors('stable', errors.stable)
    for (const cause of SHADOW_CAUSES) {
      const examples = tally.causes[cause] ?? 0
      if (examples > 0) recorder.cause(cause, examples)
    }
    if (tally.refused > 0) drop('busy', tally.refused)
    if (tally.runMs > 0 && pairs > 0) recorder.ran(pairs, tally.runMs / 1_000)
    for (const { flip, count: examples } of tally.flips.values())
      countFlip(flip.output, flip.stable, flip.canary, examples)
    for (const [name, counts] of tally.slices) countSlice(nameSlice(name), counts.pairs, counts.disagreements)
    store.add(tally.examples.map(named))
    if (mismatchTold || tally.mismatch.length === 0) return
    mismatchTold = true
    options.onMismatch(tally.mismatch.join('; '))
  }

  function countFlip(output: string, before: string, after: string, examples: number): void {
    const key = JSON.stringify([output, before, after])
    const isNew = !flips.has(key)
    const [stable, canary] = isNew && flips.size >= MAX_FLIPS ? [OTHER, OTHER] : [nameClass(before), nameClass(after)]
    const place = stable === OTHER && canary === OTHER ? JSON.stringify([output, OTHER, OTHER]) : key
    const known = flips.get(place) ?? { output, stable, canary, count: 0 }
    known.count += examples
    flips.set(place, known)
    recorder.flips(output, stable, canary, examples)
  }

  function countSlice(slice: string, pairs: number, disagreements: number): void {
    const known = slices.get(slice) ?? { slice, pairs: 0, disagreements: 0 }
    known.pairs += pairs
    known.disagreements += disagreements
    slices.set(slice, known)
    recorder.slice(slice, pairs, disagreements)
  }

  function named(example: ShadowExample): ShadowExample {
    const { flip } = example
    if (flip === null) return example
    return { ...example, flip: { ...flip, stable: nameClass(flip.stable), canary: nameClass(flip.canary) } }
  }

  function drop(reason: IntakeDrop, examples: number): void {
    dropped[reason] = (dropped[reason] ?? 0) + examples
    recorder.dropped(reason, examples)
  }
}

function countExamples({ pairs }: ShadowBatch): number {
  return pairs.reduce((sum, pair) => sum + exampleCount(pair), 0)
}
