import { isUtf8 } from 'node:buffer'
import { clip, InputError, showValue, type Fault } from '#decision'
import { decodeTensor, explainTensor } from '../model/decode-tensor.ts'
import type { Job } from '../execution/executor.ts'
import { hasRows, type Signature } from '../model/signature.ts'
import type { Tensor } from '../model/tensor.ts'

const SUBJECT = 'the request'
const MAX_FAULTS = 20

/** A request for predictions, checked against the model's signature. */
export interface PredictionRequest {
  readonly job: Job
  /** Outputs that the sender asked for beside the prediction. */
  readonly outputs: readonly string[]
}

/**
 * Reads the body of `POST /predict`: `{"inputs": ..., "outputs": ["probabilities"]}`.
 *
 * `inputs` is the value of the model's only input, or an object with one value per input.
 *
 * @param maxRows most rows that one request may bring
 * @throws {InputError} with every fault, its path and the value received
 */
export function parsePredictionRequest(body: unknown, signature: Signature, maxRows: number): PredictionRequest {
  const request = parseObject(body)
  const { inputs, outputs } = request
  const faults: Fault[] = Object.keys(request)
    .filter((key) => key !== 'inputs' && key !== 'outputs')
    .map((key) => ({ path: '', text: `unknown key "${clip(key)}"` }))
  const feeds = readInputs(inputs, signature, faults)
  const asked = outputs === undefined ? [] : readOutputs(outputs, signature, faults)
  if (faults.length === 0) checkDimensions(feeds, signature, faults)
  const rows = faults.length === 0 ? rowsOf(feeds, signature) : undefined
  if (rows !== undefined && rows > maxRows) {
    faults.push({ path: 'inputs', text: `expected at most ${maxRows} rows, received ${rows}` })
  }
  if (faults.length > 0) throw new InputError(SUBJECT, limit(faults))
  return { job: { feeds, rows }, outputs: asked }
}

function parseObject(body: unknown): Readonly<Record<string, unknown>> {
  if (!Buffer.isBuffer(body) || body.length === 0) {
    throw new InputError(SUBJECT, [
      { path: '', text: 'expected a JSON object such as {"inputs": [...]}, received nothing' },
    ])
  }
  if (!isUtf8(body)) throw new InputError(SUBJECT, [{ path: '', text: 'expected UTF-8, received other bytes' }])
  let value: unknown
  try {
    value = JSON.parse(body.toString())
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new InputError(SUBJECT, [{ path: '', text: `expected JSON, received malformed text (${reason})` }], { cause })
  }
  if (!isObject(value)) {
    const text = `expected an object such as {"inputs": [...]}, received ${showValue(value)}`
    throw new InputError(SUBJECT, [{ path: '', text }])
  }
  return value
}

function readInputs(inputs: unknown, signature: Signature, faults: Fault[]): Tensor[] {
  const [only, second] = signature.inputs
  if (only !== undefined && second === undefined && !isObject(inputs)) {
    const tensor = decodeTensor(inputs, only)
    if (tensor !== undefined) return [tensor]
    faults.push(...explainTensor(inputs, only, 'inputs'))
    return []
  }
  if (!isObject(inputs)) {
    const names = signature.inputs.map(({ name }) => JSON.stringify(name)).join(', ')
    faults.push({ path: 'inputs', text: `expected an object with ${names}, received ${showValue(inputs)}` })
    return []
  }
  return readNamedInputs(inputs, signature, faults)
}

function readNamedInputs(inputs: Readonly<Record<string, unknown>>, signature: Signature, faults: Fault[]): Tensor[] {
  const known = new Set(signature.inputs.map(({ name }) => name))
  for (const key of Object.keys(inputs)) {
    if (!known.has(key)) faults.push({ path: 'inputs', text: `unknown input "${clip(key)}"` })
  }
  return signature.inputs.flatMap((spec) => {
    const value = Object.hasOwn(inputs, spec.name) ? inputs[spec.name] : undefined
    const tensor = decodeTensor(value, spec)
    if (tensor !== undefined) return [tensor]
    faults.push(...explainTensor(value, spec, `inputs.${spec.name}`))
    return []
  })
}

function readOutputs(outputs: unknown, signature: Signature, faults: Fault[]): string[] {
  if (!Array.isArray(outputs)) {
    faults.push({ path: 'outputs', text: `expected a list of output names, received ${showValue(outputs)}` })
    return []
  }
  const known = new Set(signature.outputs.map(({ name }) => name))
  const names = new Set<string>()
  for (const [i, name] of outputs.entries()) {
    if (typeof name === 'string' && known.has(name)) names.add(name)
    else {
      const expected = [...known].map((output) => JSON.stringify(output)).join(', ')
      faults.push({ path: `outputs[${i}]`, text: `expected one of ${expected}, received ${showValue(name)}` })
    }
    if (faults.length >= MAX_FAULTS) break
  }
  return [...names]
}

/** Dimensions of one name have one size. Left to ONNX Runtime, a difference would be a failure of the model. */
function checkDimensions(feeds: readonly Tensor[], { inputs }: Signature, faults: Fault[]): void {
  if (inputs.length === 1 && inputs[0]!.shape.length <= 1) return
  const sizes = new Map<string, { size: number; name: string }>()
  for (const [i, { name, shape }] of inputs.entries()) {
    for (const [axis, dim] of shape.entries()) {
      if (typeof dim === 'number' || dim === '') continue
      const size = feeds[i]!.dims[axis]!
      const earlier = sizes.get(dim)
      if (earlier === undefined) sizes.set(dim, { size, name })
      else if (earlier.size !== size) {
        const text = `expected size ${earlier.size} in dimension ${dim} as in input '${earlier.name}', received ${size}`
        faults.push({ path: `inputs.${name}`, text })
      }
    }
  }
}

/** Rows are examples of their own only where all inputs bring equally many. */
function rowsOf(feeds: readonly Tensor[], signature: Signature): number | undefined {
  if (!hasRows(signature)) return undefined
  const rows = feeds[0]?.dims[0]
  return feeds.every(({ dims }) => dims[0] === rows) ? rows : undefined
}

function limit(faults: readonly Fault[]): readonly Fault[] {
  if (faults.length <= MAX_FAULTS) return faults
  return [...faults.slice(0, MAX_FAULTS), { path: '', text: `${faults.length - MAX_FAULTS} more faults` }]
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
