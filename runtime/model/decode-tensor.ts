import { type Fault, showValue } from '#faults'
import { elementRules } from './element-type.ts'
import type { TensorSpec } from './signature.ts'
import { elementCount, type Tensor } from './tensor.ts'

/** No model has more dimensions; deeper lists are not looked into. */
const MAX_RANK = 16

/** Faults worth listing; whoever sends a thousand bad values learns nothing from the rest. */
const MAX_FAULTS = 20

/**
 * Reads nested lists of JSON values as an input of a model. Where the first dimension varies or is 1, the value may leave it
 * out: `[5.1, 3.5, 1.4, 0.2]` for `float32[N,4]` is one row.
 *
 * @returns undefined when the value does not fit; `explainTensor` then says why
 */
export function decodeTensor(value: unknown, spec: TensorSpec): Tensor | undefined {
  const { nested, dims } = arrange(value, spec)
  // The shape is walked before memory is taken: the size follows from the first lists only, which the others may belie.
  if (!fitsSpec(dims, spec) || !hasShape(nested, dims, 0)) return undefined
  const rules = elementRules(spec.type)
  const data = rules.allocate(elementCount(dims))
  const stride = dims.at(-1) ?? 1
  let offset = 0
  const fill = (list: unknown, axis: number): boolean => {
    if (axis < dims.length - 1) return (list as readonly unknown[]).every((inner) => fill(inner, axis + 1))
    if (rules.fill(data, offset, dims.length === 0 ? [list] : (list as readonly unknown[])) !== -1) return false
    offset += stride
    return true
  }
  return fill(nested, 0) ? { type: spec.type, dims, data } : undefined
}

/** Why a value does not fit an input: every fault with its path, up to 20; empty when it fits. */
export function explainTensor(value: unknown, spec: TensorSpec, path: string): Fault[] {
  const { nested, dims, addedAxis } = arrange(value, spec)
  if (value === undefined || !fitsRank(dims, spec))
    return [{ path, text: `expected ${describeLists(spec)}, received ${showValue(value)}` }]
  const wanted = dims.map((dim, axis) => (typeof spec.shape[axis] === 'number' ? spec.shape[axis] : dim))
  const rules = elementRules(spec.type)
  const faults: Fault[] = []
  const explain = (part: unknown, axis: number, at: string): void => {
    if (faults.length >= MAX_FAULTS) return
    if (axis === wanted.length) {
      if (rules.fill(rules.allocate(1), 0, [part]) !== -1) {
        faults.push({ path: at, text: `expected ${rules.one}, received ${showValue(part)}` })
      }
      return
    }
    const length = wanted[axis]!
    if (!Array.isArray(part) || part.length !== length || length === 0) {
      const content = axis === wanted.length - 1 ? rules.many : 'lists'
      const expected = length === 0 ? `at least one of ${content}` : `a list of ${length} ${content}`
      faults.push({ path: at, text: `expected ${expected}, received ${showValue(part)}` })
      return
    }
    for (const [i, inner] of part.entries()) explain(inner, axis + 1, axis === 0 && addedAxis ? at : `${at}[${i}]`)
  }
  explain(nested, 0, path)
  return faults
}

interface Arrangement {
  readonly nested: unknown
  readonly dims: readonly number[]
  /** Whether dimension 0 was left out by the sender. */
  readonly addedAxis: boolean
}

/** Sizes as the first list of each level tells them, with dimension 0 put back where the sender left it out. */
function arrange(value: unknown, { shape }: TensorSpec): Arrangement {
  const dims: number[] = []
  for (let inner = value; Array.isArray(inner) && dims.length < MAX_RANK; inner = inner[0] as unknown) {
    dims.push(inner.length)
  }
  const mayLeaveOut = shape.length > 0 && (typeof shape[0] === 'string' || shape[0] === 1)
  if (mayLeaveOut && dims.length === shape.length - 1) {
    return { nested: [value], dims: [1, ...dims], addedAxis: true }
  }
  return { nested: value, dims, addedAxis: false }
}

function fitsRank(dims: readonly number[], { shape }: TensorSpec): boolean {
  return shape.length === 0 || dims.length === shape.length
}

function fitsSpec(dims: readonly number[], spec: TensorSpec): boolean {
  if (!fitsRank(dims, spec)) return false
  return dims.every((dim, axis) => dim > 0 && (typeof spec.shape[axis] !== 'number' || spec.shape[axis] === dim))
}

function hasShape(value: unknown, dims: readonly number[], axis: number): boolean {
  if (axis === dims.length) return true
  if (!Array.isArray(value) || value.length !== dims[axis]) return false
  return axis === dims.length - 1 || value.every((inner) => hasShape(inner, dims, axis + 1))
}

/** What the sender should write: `4 numbers, or a list of such rows`. */
function describeLists({ type, shape }: TensorSpec): string {
  const { one, many } = elementRules(type)
  const lists = (dims: readonly (number | string)[]): string => {
    if (dims.length === 0) return one
    if (dims.length === 1) return typeof dims[0] === 'number' ? `a list of ${dims[0]} ${many}` : `a list of ${many}`
    return `nested lists of ${many} shaped [${dims.map((dim) => (dim === '' ? '?' : dim)).join(',')}]`
  }
  if (typeof shape[0] !== 'string') return lists(shape)
  return `${lists(shape.slice(1))}, or a list of such rows`
}
