import { isFloat } from '../model/element-type.ts'
import type { TensorSpec } from '../model/signature.ts'
import type { Tolerances } from './tolerance.ts'

/**
 * What an output is to a comparison.
 *
 * - `label`: one whole number, text or truth value per row; another one is another answer
 * - `scores`: numbers per class, the prediction of a model without a label; another highest one is another answer
 * - `number`: the prediction of a model without a label, such as a value or an embedding, or a whole number that has a tolerance; a
 *   difference beyond a tolerance is another answer
 * - `detail`: numbers beside a label, such as probabilities; they count beyond a tolerance that was named for them
 * - `list`: several whole numbers, texts or truth values per row; any other element is another answer
 */
export type OutputRole = 'label' | 'scores' | 'number' | 'detail' | 'list'

/**
 * The role of each output, in the signature's order. Only the first output of a model without labels can be scores: two or
 * more numbers per row are the classes' there and anything elsewhere.
 *
 * A tolerance says that an output holds numbers: then it is neither a label nor scores, and no class is derived from it. The highest
 * element of an embedding names nothing. The roles of the other outputs stay as they are.
 *
 * @param tolerances by output name
 */
export function outputRoles(specs: readonly TensorSpec[], tolerances: Tolerances): OutputRole[] {
  const labelled = specs.some(isLabel)
  return specs.map((spec, i) => {
    const isNumeric = tolerances.has(spec.name) && spec.type !== 'string' && spec.type !== 'bool'
    if (!isFloat(spec.type)) {
      if (isNumeric) return 'number'
      return isLabel(spec) ? 'label' : 'list'
    }
    if (labelled) return 'detail'
    return i === 0 && isMatrix(spec) && !isNumeric ? 'scores' : 'number'
  })
}

function isLabel({ type, shape }: TensorSpec): boolean {
  return !isFloat(type) && shape.slice(1).every((dim) => dim === 1)
}

/** One row of several numbers per example; a free second dimension may be any size. */
function isMatrix({ shape: [rows, width, ...more] }: TensorSpec): boolean {
  return (typeof rows === 'string' || rows === 1) && width !== undefined && width !== 1 && more.length === 0
}
