import { clip, type Fault, showValue } from '#faults'
import { decodeTensor, explainTensor } from '../model/decode-tensor.ts'
import type { Job } from '../execution/executor.ts'
import { makeJob } from './make-job.ts'
import { isObject, parseJsonObject } from './parse-json.ts'
import { MAX_FAULTS, refuseFaults } from './request-faults.ts'
import type { Signature } from '../model/signature.ts'
import type { Tensor } from '../model/tensor.ts'

const EXAMPLE = '{"inputs": [...]}'

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
export function parsePredictionRequest(body: Buffer, signature: Signature, maxRows: number): PredictionRequest {
  const request = parseJsonObject(body, EXAMPLE, signature)
  const { inputs, outputs } = request
  const faults: Fault[] = Object.keys(request)
    .filter((key) => key !== 'inputs' && key !== 'outputs')
    .map((key) => ({ path: '', text: `unknown key "${clip(key)}"` }))
  const feeds = readInputs(inputs, signature, faults)
  const asked = outputs === undefined ? [] : readOutputs(outputs, signature, faults)
  refuseFaults(faults)
  return { job: makeJob(feeds, signature, maxRows), outputs: asked }
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
