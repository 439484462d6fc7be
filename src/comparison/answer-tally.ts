import {
  classNamer,
  compareAnswers,
  DEFAULT_TOLERANCE,
  outputRoles,
  type OutputRole,
  type RowComparison,
  type Signature,
  type Tensor,
  type TensorSpec,
  type Tolerance,
  type Tolerances,
} from '#runtime'
import type { Answer, AnsweredPair } from './answered-pair.ts'
import { openConfusion } from './confusion.ts'
import { openErrorTally } from './error-tally.ts'
import type { PairCounts } from './judge.ts'
import { largestMove } from './largest-move.ts'
import { labelReader } from './output-labels.ts'
import { openOutputTally } from './output-tally.ts'
import type { AnswerComparison } from './record.ts'
import { rowValues } from './row-values.ts'
import { openWorstExamples, type ExampleKind, type WorstExample } from './worst-examples.ts'

export interface AnswerTallyOptions {
  /** Stable's. */
  readonly signature: Signature
  readonly tolerances: Tolerances
  /** Names of the classes 0, 1, 2 ... */
  readonly classes: readonly string[]
  /** How many of the worst examples are kept. */
  readonly maxWorst: number
}

/** Gathers, request by request, how two models' answers differ. */
export interface AnswerTally {
  /** @returns the counts of this request */
  add(pair: AnsweredPair): PairCounts
  summarize(): Omit<AnswerComparison, 'noise' | 'stopped'>
}

/** Outputs of one answer, in the order of stable's. */
type Outputs = readonly (Tensor | undefined)[]

export function openAnswerTally({ signature, tolerances, classes, maxWorst }: AnswerTallyOptions): AnswerTally {
  const specs = signature.outputs
  const roles = outputRoles(specs, tolerances)
  const outputs = specs.map((spec, i) => openOutputTally(spec, roles[i]!, heldTo(spec, roles[i]!, tolerances)))
  const labels = labelReader(specs, roles)
  const names = new Map(classes.map((name, i) => [String(i), name]))
  const confusion = labels && openConfusion(labels.output, classNamer(classes))
  const worst = openWorstExamples(maxWorst)
  const errors = openErrorTally()
  let [requests, pairs, disagreements, labelFlips] = [0, 0, 0, 0]

  function addFailure(pair: AnsweredPair): PairCounts {
    const rows = pair.job.rows ?? 1
    const { stable, canary } = pair
    if (canary.kind === 'failed' && stable.kind === 'outputs') {
      const offer = { kind: 'error', group: canary.message, severity: 1 } as const
      worst.offer(offer, () => example('error', pair, signature, 0, rows, [canary.message]))
    }
    return { pairs: rows, disagreements: 0, ...errors.add(pair, rows) }
  }

  function addAnswers(pair: AnsweredPair, stable: Outputs, canary: Outputs): PairCounts {
    const rows = compareAnswers(
      specs,
      stable as readonly Tensor[],
      canary,
      tolerances,
      (label) => names.get(label) ?? label,
    )
    if (rows[0]?.kind !== 'form') {
      for (const [i, tally] of outputs.entries()) tally.add(stable[i]!, canary[i]!)
      const predicted = labels?.read(canary)
      for (const [row, label] of labels?.read(stable).entries() ?? []) confusion?.add(label, predicted![row]!)
    }
    let differing = 0
    for (const [row, comparison] of rows.entries()) {
      if (!comparison.disagrees) continue
      differing += 1
      if (comparison.flip !== undefined) labelFlips += 1
      offer(pair, row, rows.length, comparison, largestMove(roles, stable, canary, row, rows.length))
    }
    return { pairs: rows.length, disagreements: differing, canaryOnlyErrors: 0, stableOnlyErrors: 0 }
  }

  function offer(pair: AnsweredPair, row: number, rows: number, found: RowComparison, severity: number): void {
    const { kind, flip, reasons } = found
    if (kind === undefined) return
    const group = flip === undefined ? '' : `${flip.stable} ${flip.canary}`
    worst.offer({ kind, group, severity }, () => example(kind, pair, signature, row, rows, reasons))
  }

  return {
    add(pair) {
      const { stable, canary } = pair
      const counts =
        stable.kind === 'outputs' && canary.kind === 'outputs'
          ? addAnswers(pair, stable.outputs, canary.outputs)
          : addFailure(pair)
      requests += 1
      pairs += counts.pairs
      disagreements += counts.disagreements
      return counts
    },
    summarize: () => ({
      requests,
      pairs,
      disagreements,
      labelFlips,
      ...errors.counts(),
      confusion: confusion?.summarize() ?? null,
      outputs: Object.fromEntries(specs.map(({ name }, i) => [name, outputs[i]!.summarize()])),
      errors: errors.messages(),
      worst: worst.list(),
    }),
  }
}

/** The tolerance that `compareAnswers` applies; null where equality alone counts or nothing does. */
function heldTo({ name, type }: TensorSpec, role: OutputRole, tolerances: Tolerances): Tolerance | null {
  if (type === 'string' || type === 'bool') return null
  return tolerances.get(name) ?? (role === 'number' ? DEFAULT_TOLERANCE : null)
}

function example(
  kind: ExampleKind,
  { line, job, stable, canary }: AnsweredPair,
  { inputs, outputs }: Signature,
  row: number,
  rows: number,
  reasons: readonly string[],
): WorstExample {
  const answer = (given: Answer) => (given.kind === 'failed' ? null : valuesOf(outputs, given.outputs, row, rows))
  return {
    kind,
    line,
    row,
    inputs: valuesOf(inputs, job.feeds, row, job.rows ?? 1),
    stable: answer(stable),
    canary: answer(canary),
    reasons,
  }
}

/** Values by name; an answer of another form is shown whole. */
function valuesOf(specs: readonly TensorSpec[], tensors: Outputs, row: number, rows: number): Record<string, unknown> {
  return Object.fromEntries(
    specs.flatMap(({ name }, i) => {
      const tensor = tensors[i]
      if (tensor === undefined) return []
      return [[name, tensor.dims[0] === rows ? rowValues(tensor, row, rows) : rowValues(tensor, 0, 1)]]
    }),
  )
}
