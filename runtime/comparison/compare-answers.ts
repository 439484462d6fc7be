import { isFloat } from '../model/element-type.ts'
import { describeSpec, type TensorSpec } from '../model/signature.ts'
import { elementCount, type Tensor } from '../model/tensor.ts'
import { highestScore } from './highest-score.ts'
import { outputRoles, type OutputRole } from './output-role.ts'
import { AGREEMENT, type DifferenceKind, type LabelFlip, type RowComparison } from './row-comparison.ts'
import {
  DEFAULT_TOLERANCE,
  describeTolerance,
  difference,
  isSame,
  isWithin,
  type NumericElement,
  type Tolerance,
  type Tolerances,
} from './tolerance.ts'

const MAX_LABEL_LENGTH = 80
const SHOWN_DIGITS = 6

/**
 * Compares two models' answers to the same request, row by row. Two rows disagree where
 *
 * - a label (one whole number, text or truth value per row) is another one;
 * - the class of the highest score is another one, in a model without labels whose first output has several numbers per row and no
 *   tolerance of its own;
 * - a number is beyond its tolerance: the one named for its output, else `DEFAULT_TOLERANCE` where the number is the
 *   prediction; beside a label, numbers without a named tolerance never count;
 * - NaN or an infinity stands on one side only, whatever the tolerance: a label stays an ordinary label beside NaN;
 * - an output is missing, or has another element type or shape; then all rows disagree.
 *
 * An output with a named tolerance is judged as numbers, instead of as a label or as scores of classes.
 *
 * @param specs stable's outputs
 * @param stable one tensor per output, in the order of `specs`
 * @param canary the same outputs in the same order; undefined where the canary did not give one
 * @param tolerances by output name
 * @param nameLabel what people call a label; for the reasons, flips hold the labels themselves
 * @returns one entry per row where every output has rows, otherwise a single one for the whole answer
 */
export function compareAnswers(
  specs: readonly TensorSpec[],
  stable: readonly Tensor[],
  canary: readonly (Tensor | undefined)[],
  tolerances: Tolerances,
  nameLabel: (label: string) => string = (label) => label,
): readonly RowComparison[] {
  const rows = rowCount(specs, stable)
  const misfits = specs.flatMap((spec, i) => misfit(spec, stable[i], canary[i]) ?? [])
  if (misfits.length > 0) {
    return Array.from({ length: rows }, () => ({ disagrees: true, kind: 'form', flip: undefined, reasons: misfits }))
  }
  const roles = outputRoles(specs, tolerances)
  const compare = specs.map((spec, i) => comparer(spec, roles[i]!, stable[i]!, canary[i]!, rows, tolerances, nameLabel))
  return Array.from({ length: rows }, (_, row) => joinFindings(compare.flatMap((find) => find(row) ?? [])))
}

/** How far a finding matters; reasons are told in this order. */
const RANKS: readonly DifferenceKind[] = ['label', 'notFinite', 'tolerance']

interface Finding {
  readonly kind: DifferenceKind
  readonly reason: string
  readonly flip?: LabelFlip
}

type NameLabel = (label: string) => string

type FindDifference = (row: number) => Finding | undefined

function joinFindings(findings: readonly Finding[]): RowComparison {
  if (findings.length === 0) return AGREEMENT
  const ranked = findings.toSorted((a, b) => RANKS.indexOf(a.kind) - RANKS.indexOf(b.kind))
  const flip = ranked.find((finding) => finding.flip !== undefined)?.flip
  return { disagrees: true, kind: ranked[0]?.kind, flip, reasons: ranked.map(({ reason }) => reason) }
}

/** Rows are examples of their own only where every output has equally many; an answer without rows counts as one. */
function rowCount(specs: readonly TensorSpec[], stable: readonly Tensor[]): number {
  if (!specs.every(({ shape }) => typeof shape[0] === 'string')) return 1
  const rows = stable[0]?.dims[0] ?? 1
  return stable.every(({ dims }) => dims[0] === rows) ? Math.max(1, rows) : 1
}

function misfit({ name }: TensorSpec, stable: Tensor | undefined, canary: Tensor | undefined): string | undefined {
  if (stable === undefined) return `output '${name}' is missing in stable's answer`
  if (canary === undefined) return `output '${name}' is missing in the canary's answer`
  const sameShape = stable.dims.length === canary.dims.length && stable.dims.every((dim, i) => dim === canary.dims[i])
  if (stable.type === canary.type && sameShape) return undefined
  return `output '${name}' is ${describeTensor(canary)}, stable's is ${describeTensor(stable)}`
}

function describeTensor({ type, dims }: Tensor): string {
  return describeSpec({ type, shape: dims })
}

function comparer(
  { name }: TensorSpec,
  role: OutputRole,
  stable: Tensor,
  canary: Tensor,
  rows: number,
  tolerances: Tolerances,
  nameLabel: NameLabel,
): FindDifference {
  const width = rows === 1 ? elementCount(stable.dims) : elementCount(stable.dims.slice(1))
  if (role === 'label' || role === 'list') return equality(name, role, stable, canary, width, nameLabel)
  const scores = role === 'scores' && width > 1 && stable.dims[0] === rows
  const tolerance = tolerances.get(name) ?? (role === 'detail' || scores ? undefined : DEFAULT_TOLERANCE)
  const numbers = closeness(name, stable, canary, width, tolerance)
  if (!scores) return numbers
  const flips = highest(name, stable, canary, width, nameLabel)
  return (row) => flips(row) ?? numbers(row)
}

function equality(
  name: string,
  role: OutputRole,
  stable: Tensor,
  canary: Tensor,
  width: number,
  nameLabel: NameLabel,
): FindDifference {
  return (row) => {
    const start = row * width
    for (let i = start; i < start + width; i += 1) {
      if (stable.data[i] === canary.data[i]) continue
      if (role !== 'label' || width !== 1) {
        return { kind: 'label', reason: `output '${name}' has ${show(canary, i)}, stable's has ${show(stable, i)}` }
      }
      const flip = { output: name, stable: show(stable, i), canary: show(canary, i) }
      const reason = `${name} is ${nameLabel(flip.canary)}, stable's is ${nameLabel(flip.stable)}`
      return { kind: 'label', reason, flip }
    }
    return undefined
  }
}

function highest(name: string, stable: Tensor, canary: Tensor, width: number, nameLabel: NameLabel): FindDifference {
  return (row) => {
    const [before, after] = [stable, canary].map(({ data }) =>
      highestScore(data as Float32Array, row * width, width),
    ) as [string, string]
    if (before === after) return undefined
    const flip = { output: name, stable: before, canary: after }
    const reason = `${name} is highest for class ${nameLabel(after)}, stable's for class ${nameLabel(before)}`
    return { kind: 'label', reason, flip }
  }
}

/** The worst number of the row; NaN and infinities on one side before all. Without a tolerance these alone count. */
function closeness(
  name: string,
  stable: Tensor,
  canary: Tensor,
  width: number,
  tolerance: Tolerance | undefined,
): FindDifference {
  const before = stable.data as ArrayLike<NumericElement>
  const after = canary.data as ArrayLike<NumericElement>
  return (row) => {
    const start = row * width
    let notFinite = 0
    let worst = -1
    let widest = 0
    for (let i = start; i < start + width; i += 1) {
      const [a, b] = [before[i]!, after[i]!]
      if (isSame(a, b)) continue
      const gap = Math.abs(difference(a, b))
      if (!Number.isFinite(gap)) notFinite += 1
      else if (tolerance !== undefined && gap > widest && !isWithin(a, b, tolerance, stable.type)) {
        widest = gap
        worst = i
      }
    }
    if (notFinite > 0) {
      return { kind: 'notFinite', reason: `${name} is NaN or infinite on one side in ${notFinite} of ${width} numbers` }
    }
    if (worst < 0 || tolerance === undefined) return undefined
    const values = `${show(canary, worst)}, stable's is ${show(stable, worst)}`
    return { kind: 'tolerance', reason: `${name} is ${values}, tolerated is ${describeTolerance(tolerance)}` }
  }
}

function show({ type, data }: Tensor, i: number): string {
  const value = data[i]
  if (type === 'bool') return value === 1 ? 'true' : 'false'
  if (isFloat(type)) return String(Number((value as number).toPrecision(SHOWN_DIGITS)))
  const text = String(value)
  return text.length > MAX_LABEL_LENGTH ? `${text.slice(0, MAX_LABEL_LENGTH)}…` : text
}
