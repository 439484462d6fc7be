import { highestScore, type OutputRole, type Tensor, type TensorSpec } from '#runtime'

/** Where a model's prediction is a class: reads it from an answer. */
export interface LabelReader {
  readonly output: string
  /** Classes of all rows, as texts; empty where the answer has no rows. */
  read(outputs: readonly (Tensor | undefined)[]): readonly string[]
}

/** Reads the first label, or else the class of the highest score; undefined where a model predicts no class. */
export function labelReader(specs: readonly TensorSpec[], roles: readonly OutputRole[]): LabelReader | undefined {
  const labelAt = roles.indexOf('label')
  const at = labelAt === -1 ? roles.indexOf('scores') : labelAt
  const spec = specs[at]
  if (spec === undefined) return undefined
  return { output: spec.name, read: (outputs) => (labelAt === -1 ? readScores(outputs[at]) : readLabels(outputs[at])) }
}

function readLabels(tensor: Tensor | undefined): string[] {
  if (tensor === undefined) return []
  const { type, data } = tensor
  return Array.from(data as ArrayLike<unknown>, (value) => (type === 'bool' ? String(value === 1) : String(value)))
}

function readScores(tensor: Tensor | undefined): string[] {
  const [rows, width, ...more] = tensor?.dims ?? []
  if (tensor === undefined || rows === undefined || width === undefined || width < 2 || more.length > 0) return []
  return Array.from({ length: rows }, (_, row) => highestScore(tensor.data as Float32Array, row * width, width))
}
