import type { Signature, Tensor } from '#runtime'
import { elementsJson } from '../../runtime/model/tensor-json.ts'
import { readBinary, writeBinary } from '../../runtime/protocol/binary-elements.ts'
import { datatypeOf } from '../../runtime/protocol/datatype.ts'
import { readJson } from '../../runtime/protocol/json-elements.ts'

/** How a request and its answer carry their elements. */
export type Form = 'binary' | 'json'

/** What a server answered: outputs by name, or its error. */
export type Answer =
  { readonly outputs: ReadonlyMap<string, Tensor> } | { readonly status: number; readonly error: string }

interface ResponseOutput {
  readonly name: string
  readonly datatype: string
  readonly shape: readonly number[]
  readonly data?: unknown
  readonly parameters?: { readonly binary_data_size: number }
}

/** Sends one request for inference over HTTP, as a client that knows nothing but the protocol would. */
export async function infer(
  url: string,
  { inputs, outputs }: Signature,
  feeds: readonly Tensor[],
  form: Form,
): Promise<Answer> {
  const sections = feeds.map(({ data }) => writeBinary(data))
  const written = inputs.map(({ name }, i) => {
    const { type, dims } = feeds[i]!
    const head = `"name":${JSON.stringify(name)},"datatype":"${datatypeOf(type)}","shape":[${dims.join(',')}]`
    if (form === 'json') return `{${head},"data":${elementsJson(feeds[i]!)}}`
    return `{${head},"parameters":{"binary_data_size":${sections[i]!.length}}}`
  })
  const json = Buffer.from(`{"parameters":{"binary_data_output":${form === 'binary'}},"inputs":[${written.join(',')}]}`)
  const response = await fetch(url, {
    method: 'POST',
    body: form === 'json' ? json : Buffer.concat([json, ...sections]),
    headers: form === 'json' ? {} : { 'inference-header-content-length': String(json.length) },
  })
  const body = Buffer.from(await response.arrayBuffer())
  if (!response.ok) return { status: response.status, error: (JSON.parse(body.toString()) as { error: string }).error }
  const types = new Map(outputs.map(({ name, type }) => [name, type]))
  const jsonBytes = Number(response.headers.get('inference-header-content-length') ?? body.length)
  const answer = JSON.parse(body.subarray(0, jsonBytes).toString(), keepDigits) as { outputs: ResponseOutput[] }
  let at = jsonBytes
  const tensors = answer.outputs.map(({ name, datatype, shape, data, parameters }): [string, Tensor] => {
    const type = types.get(name)
    if (type === undefined || datatypeOf(type) !== datatype) throw new Error(`output '${name}' is ${datatype}`)
    const count = shape.reduce((product, size) => product * size, 1)
    const size = parameters?.binary_data_size ?? 0
    const elements =
      parameters === undefined
        ? readJson(type, data, shape, name, [])
        : readBinary(type, body.subarray(at, at + size), count)
    at += size
    if (elements === undefined || 'expected' in elements)
      throw new Error(`output '${name}' does not have ${count} elements`)
    return [name, { type, dims: shape, data: elements }]
  })
  return { outputs: new Map(tensors) }
}

function keepDigits(_key: string, value: unknown, context?: { readonly source: string }): unknown {
  if (typeof value !== 'number' || Number.isSafeInteger(value) || context === undefined) return value
  return /^-?\d+$/.test(context.source) ? BigInt(context.source) : value
}
