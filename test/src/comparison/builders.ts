import type { Job, Signature, Tensor, TensorSpec } from '#runtime'

export const LABEL: TensorSpec = { name: 'label', type: 'int64', shape: ['N'] }
export const PROBABILITIES: TensorSpec = { name: 'probabilities', type: 'float32', shape: ['N', 2] }
export const INPUT: TensorSpec = { name: 'input', type: 'float32', shape: ['N', 2] }

export const CLASSIFIER: Signature = { inputs: [INPUT], outputs: [LABEL, PROBABILITIES], unsupportedOutputs: [] }

export const labels = (...values: number[]): Tensor => ({
  type: 'int64',
  dims: [values.length],
  data: BigInt64Array.from(values, BigInt),
})

export const floats = (width: number, ...values: number[]): Tensor => ({
  type: 'float32',
  dims: [values.length / width, width],
  data: Float32Array.from(values),
})

/** A request with as many rows as there are pairs of numbers. */
export const job = (...values: number[]): Job => ({ feeds: [floats(2, ...values)], rows: values.length / 2 })
