import type { ElementType } from './element-type.ts'

/**
 * One input or output of a model. A dimension is its size, or a name where it varies (empty where the model gives none).
 * An empty shape is a scalar or, which ONNX Runtime does not tell apart, a tensor of any rank.
 */
export interface TensorSpec {
  readonly name: string
  readonly type: ElementType
  readonly shape: readonly (number | string)[]
}

/** An output that the server cannot carry: a sequence, a map, or an element type without a JSON form. */
export interface UnsupportedOutput {
  readonly name: string
  readonly reason: string
}

/** What a model takes and gives, in the model's own order. */
export interface Signature {
  readonly inputs: readonly TensorSpec[]
  readonly outputs: readonly TensorSpec[]
  readonly unsupportedOutputs: readonly UnsupportedOutput[]
}

/** A tensor's specification as people write it: `float32[N,4]`, `?` for a dimension without a name. */
export function describeSpec({ type, shape }: Omit<TensorSpec, 'name'>): string {
  return `${type}[${shape.map((dim) => (dim === '' ? '?' : dim)).join(',')}]`
}

/** The whole signature in one line: `input float32[N,4] -> label int64[N], probabilities float32[N,3]`. */
export function describeSignature({ inputs, outputs }: Signature): string {
  const list = (specs: readonly TensorSpec[]) => specs.map((spec) => `${spec.name} ${describeSpec(spec)}`).join(', ')
  return `${list(inputs)} -> ${list(outputs)}`
}

/** Whether the first dimension of every input and output varies, as it does where each row is an example of its own. */
export function hasRows({ inputs, outputs }: Signature): boolean {
  return [...inputs, ...outputs].every(({ shape }) => typeof shape[0] === 'string')
}
