import type { NameClass } from './class-names.ts'
import { isFloat } from '../model/element-type.ts'
import type { Recorder } from './recorder.ts'
import type { Signature, TensorSpec } from '../model/signature.ts'
import { elementCount, type Tensor } from '../model/tensor.ts'

/**
 * Place of the output that is the prediction: the first that holds one label per row, otherwise the first. Classifiers
 * exported from scikit-learn give the label and its probabilities, in either order.
 */
export function predictionIndex({ outputs }: Signature): number {
  return Math.max(0, outputs.findIndex(holdsLabel))
}

function holdsLabel({ type, shape }: TensorSpec): boolean {
  return !isFloat(type) && (shape.length === 1 || (shape.length === 2 && shape[1] === 1))
}

/**
 * Counts what was predicted: a class where the output holds a label per row, a value where it holds a number per row, and
 * the class with the highest score where it holds several numbers per row. Larger outputs are not predictions to count.
 */
export function recordPrediction(output: string, tensor: Tensor, nameClass: NameClass, recorder: Recorder): void {
  const { type, dims, data } = tensor
  const rows = dims[0] ?? 1
  const width = elementCount(dims.slice(1))
  for (let row = 0; row < rows; row += 1) {
    if (width > 1) {
      if (dims.length !== 2 || !isFloat(type)) return
      recorder.predictedClass(output, nameClass(highest(data as Float32Array, row * width, width)))
    } else if (!isFloat(type)) {
      recorder.predictedClass(output, nameClass(String(data[row])))
    } else if (Number.isFinite(data[row])) {
      recorder.predictedValue(output, data[row] as number)
    }
  }
}

/** Counts NaN and infinities in every output: a label stays an ordinary label where all probabilities are NaN. */
export function recordNonFinite(specs: readonly TensorSpec[], tensors: readonly Tensor[], recorder: Recorder): void {
  for (const [i, { name }] of specs.entries()) {
    const { type, data } = tensors[i]!
    if (!isFloat(type)) continue
    const values = data as Float32Array
    let count = 0
    for (const value of values) if (!Number.isFinite(value)) count += 1
    if (count > 0) recorder.nonFinite(name, count)
  }
}

function highest(scores: Float32Array, offset: number, width: number): string {
  let best = 0
  for (let i = 0; i < width; i += 1) {
    const score = scores[offset + i]!
    if (Number.isNaN(score)) return 'NaN'
    if (score > scores[offset + best]!) best = i
  }
  return String(best)
}
