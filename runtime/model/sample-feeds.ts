import { elementRules, isFloat } from './element-type.ts'
import type { Signature, TensorSpec } from './signature.ts'
import { elementCount, type Tensor } from './tensor.ts'

/** Size of a dimension that varies and is not dimension 0. */
const FREE_SIZE = 2

/** Larger inputs are not made up: they would cost more memory than the knowledge is worth. */
const MAX_ELEMENTS = 16 * 1024 * 1024

/**
 * Made-up inputs with one row, for warming up and for trying a model out. Small numbers, since integers often index a table.
 *
 * @param variant which sample; different ones hold different values
 * @returns undefined when an input is too large to make up
 */
export function sampleFeeds({ inputs }: Signature, variant: number): Tensor[] | undefined {
  const feeds = inputs.map((spec) => sampleTensor(spec, variant))
  return feeds.every((feed) => feed !== undefined) ? feeds : undefined
}

function sampleTensor({ type, shape }: TensorSpec, variant: number): Tensor | undefined {
  const dims = shape.map((dim, axis) => (typeof dim === 'number' ? dim : axis === 0 ? 1 : FREE_SIZE))
  const count = elementCount(dims)
  if (count > MAX_ELEMENTS) return undefined
  const values = Array.from({ length: count }, (_, i) => sampleValue(type, i, variant))
  const rules = elementRules(type)
  const data = rules.allocate(count)
  rules.fill(data, 0, values)
  return { type, dims, data }
}

/** Floats spread over 0 to 1.2 by steps of 0.1 that no small period repeats; whole numbers alternate between 0 and 1. */
function sampleValue(type: TensorSpec['type'], index: number, variant: number): unknown {
  if (isFloat(type)) return ((index * 5 + variant * 7 + 3) % 13) / 10
  const bit = (index + variant) % 2
  if (type === 'bool') return bit === 1
  return type === 'string' ? String(bit) : bit
}
