import { clip, type Fault, showValue } from '#faults'
import { describeSpec, type Signature, type TensorSpec } from '../model/signature.ts'
import { elementCount, type Tensor } from '../model/tensor.ts'
import { readBinary } from './binary-elements.ts'
import { datatypeOf } from './datatype.ts'
import { readJson } from './json-elements.ts'

/** Without their zeros, the sizes of an empty tensor multiply to at most this: a model may make an output of them. */
const MAX_EMPTY_ELEMENTS = 1_048_576

/** `$request_input` of the Open Inference Protocol. */
export interface RequestInput {
  readonly name: string
  readonly shape: readonly number[]
  readonly datatype: string
  readonly parameters?: Readonly<Record<string, unknown>> | undefined
  readonly data?: unknown
}

/**
 * Reads a request's inputs against a model's signature.
 *
 * @param sections the elements of the binary inputs, in the order of the inputs; undefined where the sender announced none
 * @returns one tensor per input of the signature, where there are no faults
 */
export function readRequestInputs(
  inputs: readonly RequestInput[],
  sections: Buffer | undefined,
  { inputs: specs }: Signature,
  faults: Fault[],
): Tensor[] {
  const cut = cutSections(inputs, sections, faults)
  if (cut === undefined) return []
  const tensors = new Map<string, Tensor | undefined>()
  for (const [i, input] of inputs.entries()) {
    const spec = specs.find(({ name }) => name === input.name)
    if (spec === undefined || tensors.has(input.name)) {
      const expected = specs.map(({ name }) => JSON.stringify(name)).join(', ')
      const text = `expected each of ${expected} once, received ${showValue(input.name)}`
      faults.push({ path: `inputs[${i}].name`, text })
    } else {
      tensors.set(input.name, readInput(input, cut[i], spec, `inputs[${i}]`, faults))
    }
  }
  return specs.flatMap(({ name }) => {
    if (!tensors.has(name)) faults.push({ path: 'inputs', text: `expected input "${clip(name)}", received nothing` })
    return tensors.get(name) ?? []
  })
}

/** One section per input, undefined for those without; undefined as a whole where the sizes belie the bytes. */
function cutSections(
  inputs: readonly RequestInput[],
  sections: Buffer | undefined,
  faults: Fault[],
): (Buffer | undefined)[] | undefined {
  let rest = sections ?? Buffer.alloc(0)
  const cut: (Buffer | undefined)[] = []
  for (const [i, { parameters }] of inputs.entries()) {
    const size = parameters?.['binary_data_size']
    if (size === undefined) {
      cut.push(undefined)
      continue
    }
    if (sections === undefined || !isSize(size, rest.length)) {
      const expected = sections === undefined ? 'the header Inference-Header-Content-Length' : `0 to ${rest.length}`
      const path = `inputs[${i}].parameters.binary_data_size`
      faults.push({ path, text: `expected ${expected}, received ${showValue(size)}` })
      return undefined
    }
    cut.push(rest.subarray(0, size))
    rest = rest.subarray(size)
  }
  if (rest.length === 0) return cut
  faults.push({
    path: 'inputs',
    text: `expected inputs for all bytes behind the JSON, received ${rest.length} more bytes`,
  })
  return undefined
}

function isSize(value: unknown, max: number): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= max
}

function readInput(
  { shape: dims, datatype, data }: RequestInput,
  section: Buffer | undefined,
  spec: TensorSpec,
  path: string,
  faults: Fault[],
): Tensor | undefined {
  const { type } = spec
  const expected = datatypeOf(type)
  const isFitting = fitsShape(dims, spec)
  if (datatype !== expected) {
    faults.push({ path: `${path}.datatype`, text: `expected "${expected}", received ${showValue(datatype)}` })
  }
  if (!isFitting) {
    const text = `expected sizes for ${describeSpec(spec)}, received [${clip(dims.join(','))}]`
    faults.push({ path: `${path}.shape`, text })
  }
  if (!isFitting || datatype !== expected) return undefined
  if (section === undefined) {
    if (type === 'float16') {
      faults.push({ path: `${path}.data`, text: 'expected binary data, since FP16 has no form in JSON' })
      return undefined
    }
    const elements = readJson(type, data, dims, `${path}.data`, faults)
    return elements === undefined ? undefined : { type, dims, data: elements }
  }
  if (data !== undefined) faults.push({ path: `${path}.data`, text: 'expected nothing beside binary data' })
  const elements = readBinary(type, section, elementCount(dims))
  if (!('expected' in elements)) return { type, dims, data: elements }
  faults.push({ path, text: `expected ${elements.expected}, received ${section.length} bytes` })
  return undefined
}

function fitsShape(dims: readonly number[], { shape }: TensorSpec): boolean {
  if (shape.length > 0 && dims.length !== shape.length) return false
  if (!dims.every((dim, axis) => typeof shape[axis] !== 'number' || shape[axis] === dim)) return false
  return !dims.includes(0) || elementCount(dims.map((dim) => Math.max(dim, 1))) <= MAX_EMPTY_ELEMENTS
}
