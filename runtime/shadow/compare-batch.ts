import { compareAnswers } from '../comparison/compare-answers.ts'
import { AGREEMENT, type RowComparison } from '../comparison/row-comparison.ts'
import type { Tolerances } from '../comparison/tolerance.ts'
import type { Job } from '../execution/executor.ts'
import { ServingError } from '../execution/serving-error.ts'
import { signatureDifferences } from '../model/signature-difference.ts'
import type { Signature } from '../model/signature.ts'
import { elementCount, type Tensor } from '../model/tensor.ts'
import { exampleCount, type ShadowBatch, type ShadowPair } from './shadow-pair.ts'
import {
  addCause,
  CAUSE_OF,
  emptyTally,
  exampleKey,
  type ErrorSide,
  type ShadowExample,
  type ShadowTally,
} from './shadow-tally.ts'
import { inputSlice, type SliceSource } from './slices.ts'

/** Elements of one tensor that an example shows. */
const MAX_SHOWN_ELEMENTS = 32
const MAX_SHOWN_TEXT = 120
/** Examples of one kind that one batch brings. */
const MAX_ALIKE = 3
const MAX_REASON = 300

/** The candidate as the comparison needs it. */
export interface Candidate {
  readonly signature: Signature
  run(job: Job): Promise<readonly Tensor[]>
}

/** How a batch is compared. Plain data, so that another thread can be told. */
export interface ComparisonRules {
  readonly tolerances: Tolerances
  /** Where slices come from; those of headers came with the pairs. */
  readonly slice: SliceSource | undefined
  /** Whether examples leave out the inputs. */
  readonly redact: boolean
}

/** What a comparison needs of the world. */
export interface ComparisonClock {
  /** Milliseconds since 1970. */
  now(): number
}

/**
 * Gives a batch of stable's requests to the candidate, all at once, so that its executor can put them together, and compares the
 * answers example by example. A candidate with another signature cannot be asked; every example counts as a disagreement then.
 */
export async function compareBatch(
  { origin, pairs }: ShadowBatch,
  candidate: Candidate,
  rules: ComparisonRules,
  clock: ComparisonClock,
): Promise<ShadowTally> {
  const tally = emptyTally()
  const at = new Date(clock.now()).toISOString()
  const mismatch = signatureDifferences({ ...origin.signature, unsupportedOutputs: [] }, candidate.signature)
  const context: Context = { rules, at, tally, specs: origin.signature }
  if (mismatch.length > 0) {
    tally.mismatch = mismatch
    const row = {
      disagrees: true,
      kind: undefined,
      flip: undefined,
      reasons: mismatch.map((text) => `another signature: ${text}`),
    }
    for (const pair of pairs)
      countRows(
        context,
        pair,
        Array.from({ length: exampleCount(pair) }, () => row),
        undefined,
      )
    tally.causes.signature = tally.disagreements
    return tally
  }
  const places = origin.signature.inputs.map(({ name }) => name)
  const startedMs = performance.now()
  const answers = await Promise.allSettled(
    pairs.map(({ feeds, rows }) =>
      candidate.run({ feeds: candidate.signature.inputs.map(({ name }) => feeds[places.indexOf(name)]!), rows }),
    ),
  )
  tally.runMs = performance.now() - startedMs
  const order = origin.signature.outputs.map(({ name }) =>
    candidate.signature.outputs.findIndex((output) => output.name === name),
  )
  for (const [i, pair] of pairs.entries()) countPair(context, pair, answers[i]!, order)
  return tally
}

interface Context {
  readonly rules: ComparisonRules
  readonly at: string
  readonly tally: ShadowTally
  readonly specs: ShadowBatch['origin']['signature']
}

function countPair(
  context: Context,
  pair: ShadowPair,
  answer: PromiseSettledResult<readonly Tensor[]>,
  order: readonly number[],
): void {
  const { specs, rules, tally } = context
  if (answer.status === 'rejected' && isRefusal(answer.reason)) {
    tally.refused += exampleCount(pair)
    return
  }
  const failure = answer.status === 'rejected' ? reasonOf(answer.reason) : undefined
  if (answer.status === 'fulfilled' && pair.outputs !== undefined) {
    const canary = order.map((place) => answer.value[place])
    const rows = compareAnswers(specs.outputs, pair.outputs, canary, rules.tolerances)
    countRows(context, pair, rows, canary)
  } else if (failure !== undefined && pair.outputs === undefined) {
    countRows(context, pair, agreements(pair), undefined)
    tally.bothFailed += exampleCount(pair)
  } else {
    const side: ErrorSide = failure === undefined ? 'stable' : 'canary'
    const canary = answer.status === 'fulfilled' ? order.map((place) => answer.value[place]) : undefined
    countRows(context, pair, agreements(pair), canary)
    tally.errors[side] += exampleCount(pair)
    if (side === 'canary') addCause(tally, 'failed', exampleCount(pair))
    const reason = failure ?? 'stable failed, the canary answered'
    keep(context, pair, 0, canary, {
      kind: side === 'canary' ? 'canaryFailed' : 'stableFailed',
      flip: null,
      reasons: [reason],
    })
  }
}

/** The candidate was not asked: its queue was full, or it is stopping. That says nothing about the model. */
function isRefusal(error: unknown): boolean {
  return error instanceof ServingError && error.code !== 'modelFailed'
}

function agreements(pair: ShadowPair): RowComparison[] {
  return Array.from({ length: exampleCount(pair) }, () => AGREEMENT)
}

function countRows(
  context: Context,
  pair: ShadowPair,
  rows: readonly RowComparison[],
  canary: readonly (Tensor | undefined)[] | undefined,
): void {
  const { tally, rules, specs } = context
  for (let row = 0; row < exampleCount(pair); row += 1) {
    const { disagrees, kind, flip, reasons } = comparisonOf(rows, pair, row)
    const slice = rules.slice?.kind === 'input' ? inputSlice(rules.slice, specs.inputs, pair.feeds, row) : pair.slice
    const counts = tally.slices.get(slice) ?? { pairs: 0, disagreements: 0 }
    if (slice !== '') tally.slices.set(slice, counts)
    tally.pairs += 1
    counts.pairs += 1
    if (!disagrees) continue
    tally.disagreements += 1
    counts.disagreements += 1
    if (kind !== undefined) addCause(tally, CAUSE_OF[kind], 1)
    if (flip !== undefined) {
      const key = JSON.stringify([flip.output, flip.stable, flip.canary])
      const known = tally.flips.get(key) ?? { flip, count: 0 }
      known.count += 1
      tally.flips.set(key, known)
    }
    keep(context, pair, row, canary, { kind: flip === undefined ? 'difference' : 'flip', flip: flip ?? null, reasons })
  }
}

/** An answer without rows of its own has one comparison for all examples; a request that is one example has one for all rows. */
function comparisonOf(rows: readonly RowComparison[], pair: ShadowPair, row: number): RowComparison {
  if (pair.rows !== undefined) return rows[row] ?? rows[0]!
  return rows.find(({ disagrees }) => disagrees) ?? rows[0]!
}

function keep(
  { tally, rules, specs, at }: Context,
  pair: ShadowPair,
  row: number,
  canary: readonly (Tensor | undefined)[] | undefined,
  what: Pick<ShadowExample, 'kind' | 'flip' | 'reasons'>,
): void {
  const key = exampleKey(what)
  if (tally.examples.filter((example) => exampleKey(example) === key).length >= MAX_ALIKE) return
  const slice = rules.slice?.kind === 'input' ? inputSlice(rules.slice, specs.inputs, pair.feeds, row) : pair.slice
  const rowOf = (tensors: readonly (Tensor | undefined)[] | undefined, names: readonly { readonly name: string }[]) =>
    tensors === undefined ? null : elements(tensors, names, pair.rows === undefined ? undefined : row)
  tally.examples.push({
    ...what,
    at,
    slice,
    inputs: rules.redact ? null : rowOf(pair.feeds, specs.inputs),
    stable: rowOf(pair.outputs, specs.outputs),
    canary: rowOf(canary, specs.outputs),
  })
}

function elements(
  tensors: readonly (Tensor | undefined)[],
  specs: readonly { readonly name: string }[],
  row: number | undefined,
): Record<string, readonly unknown[]> {
  return Object.fromEntries(
    specs.flatMap(({ name }, i) => {
      const tensor = tensors[i]
      return tensor === undefined ? [] : [[name, shownElements(tensor, row)]]
    }),
  )
}

/** Values as JSON has them; NaN, infinities and integers beyond 2^53 as texts. */
function shownElements({ dims, data }: Tensor, row: number | undefined): unknown[] {
  const width = row === undefined ? data.length : elementCount(dims.slice(1))
  const start = row === undefined ? 0 : row * width
  return Array.from({ length: Math.min(width, MAX_SHOWN_ELEMENTS) }, (_, i) => {
    const value = data[start + i]
    if (typeof value === 'string') return value.slice(0, MAX_SHOWN_TEXT)
    if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : String(value)
    return Number.isFinite(value) ? rounded(value) : String(value)
  })
}

/** Significant digits that tell any two float32 apart (IEEE 754: 9), the fewest first. */
const DIGITS = [6, 7, 8, 9]

/** float32 as short as it can be told apart: 0.2 and not 0.20000000298023224. */
function rounded(value: number | undefined): number | undefined {
  if (value === undefined || Math.fround(value) !== value) return value
  const shortest = DIGITS.map((digits) => Number(value.toPrecision(digits))).find(
    (short) => Math.fround(short) === value,
  )
  return shortest ?? value
}

function reasonOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).slice(0, MAX_REASON)
}
