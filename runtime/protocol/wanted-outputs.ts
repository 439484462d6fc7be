import { type Fault, showValue } from '#faults'
import type { Signature } from '../model/signature.ts'

/** Output parameters of other servers' extensions: left unheeded, the answer would not be what was asked for. */
const REFUSED_PARAMETERS = ['classification', 'shared_memory_region']

/** An output that the answer is to hold. */
export interface WantedOutput {
  /** Its place in the signature. */
  readonly index: number
  /** Whether its elements follow the JSON as bytes. */
  readonly binary: boolean
}

/** `$request_output` of the Open Inference Protocol. */
export interface RequestOutput {
  readonly name: string
  readonly parameters?: Readonly<Record<string, unknown>> | undefined
}

/**
 * Which outputs a request asks for, and in which form: all of them where it names none.
 *
 * @param outputs undefined where the request has no such list
 * @param parameters of the request; `binary_data_output` is the form of outputs that name none of their own
 */
export function readWantedOutputs(
  outputs: readonly RequestOutput[] | undefined,
  parameters: Readonly<Record<string, unknown>> | undefined,
  signature: Signature,
  faults: Fault[],
): WantedOutput[] {
  const byDefault = readFlag(parameters, 'binary_data_output', 'parameters', faults) ?? false
  const wanted: WantedOutput[] = []
  if (outputs === undefined || outputs.length === 0) {
    wanted.push(...signature.outputs.map((_, index) => ({ index, binary: byDefault })))
  } else {
    for (const [i, output] of outputs.entries()) {
      const index = readName(output, wanted, signature, `outputs[${i}].name`, faults)
      const at = `outputs[${i}].parameters`
      for (const name of REFUSED_PARAMETERS) {
        if (output.parameters?.[name] !== undefined) {
          faults.push({ path: `${at}.${name}`, text: 'expected nothing, since this server has no such extension' })
        }
      }
      const binary = readFlag(output.parameters, 'binary_data', at, faults) ?? byDefault
      if (index !== undefined) wanted.push({ index, binary })
    }
  }
  for (const { index, binary } of wanted) {
    const { name, type } = signature.outputs[index]!
    if (type !== 'float16' || binary) continue
    faults.push({ path: 'outputs', text: `expected "binary_data": true for '${name}', since FP16 has no form in JSON` })
  }
  return wanted
}

function readName(
  { name }: RequestOutput,
  earlier: readonly WantedOutput[],
  { outputs, unsupportedOutputs }: Signature,
  path: string,
  faults: Fault[],
): number | undefined {
  const index = outputs.findIndex((spec) => spec.name === name)
  if (index >= 0 && earlier.every((output) => output.index !== index)) return index
  const unsupported = unsupportedOutputs.find((output) => output.name === name)
  const expected = outputs.map((spec) => JSON.stringify(spec.name)).join(', ')
  const received = unsupported === undefined ? showValue(name) : `"${name}", which is ${unsupported.reason}`
  faults.push({ path, text: `expected one of ${expected}, each once, received ${received}` })
  return undefined
}

function readFlag(
  parameters: Readonly<Record<string, unknown>> | undefined,
  name: string,
  path: string,
  faults: Fault[],
): boolean | undefined {
  const value = parameters?.[name]
  if (value === undefined || typeof value === 'boolean') return value
  faults.push({ path: `${path}.${name}`, text: `expected true or false, received ${showValue(value)}` })
  return undefined
}
