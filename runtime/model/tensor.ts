import { elementRules, type Elements, type ElementType } from './element-type.ts'

/** A value of a model's input or output: `data` holds the elements in row-major order, `dims` their arrangement. */
export interface Tensor {
  readonly type: ElementType
  readonly dims: readonly number[]
  readonly data: Elements
}

/** Number of elements of an arrangement; 1 for a scalar. */
export function elementCount(dims: readonly number[]): number {
  return dims.reduce((product, dim) => product * dim, 1)
}

/**
 * Puts tensors of one type one after another along dimension 0.
 *
 * @param tensors at least one; all of one type, equal in every dimension but the first
 */
export function joinRows(tensors: readonly Tensor[]): Tensor {
  const [first] = tensors
  if (first === undefined) throw new RangeError('Cannot join rows: no tensor given')
  let rows = 0
  let length = 0
  for (const tensor of tensors) {
    rows += tensor.dims[0] ?? 0
    length += tensor.data.length
  }
  const data = elementRules(first.type).allocate(length)
  let offset = 0
  for (const tensor of tensors) {
    copyElements(tensor.data, data, offset)
    offset += tensor.data.length
  }
  return { type: first.type, dims: [rows, ...first.dims.slice(1)], data }
}

/** Rows `from` to `from + rows` of a tensor; numbers are shared with it, not copied. */
export function takeRows(tensor: Tensor, from: number, rows: number): Tensor {
  const stride = elementCount(tensor.dims.slice(1))
  const [start, end] = [from * stride, (from + rows) * stride]
  const data = Array.isArray(tensor.data) ? tensor.data.slice(start, end) : tensor.data.subarray(start, end)
  return { type: tensor.type, dims: [rows, ...tensor.dims.slice(1)], data }
}

function copyElements(source: Elements, target: Elements, offset: number): void {
  for (let i = 0; i < source.length; i += 1) target[offset + i] = source[i]!
}
