import type { ServedModel } from '../catalogue/served-model.ts'
import { elementsJson } from '../model/tensor-json.ts'
import type { Tensor } from '../model/tensor.ts'
import { writeBinary } from './binary-elements.ts'
import { datatypeOf } from './datatype.ts'
import type { InferenceRequest } from './inference-request.ts'

/** An answer to a request for inference: JSON, or JSON of `jsonBytes` with binary elements behind it. */
export type InferenceResponse =
  { readonly body: string; readonly jsonBytes: undefined } | { readonly body: Buffer; readonly jsonBytes: number }

/**
 * Writes `$inference_response` of the Open Inference Protocol: JSON, and behind it the elements of the outputs that were
 * asked for in binary form. NaN and the infinities, which JSON lacks, stand in it as texts.
 *
 * @param tensors one per output of the model's signature
 */
export function writeInferenceResponse(
  { name, version, signature }: Pick<ServedModel, 'name' | 'version' | 'signature'>,
  { id, outputs }: Pick<InferenceRequest, 'id' | 'outputs'>,
  tensors: readonly Tensor[],
): InferenceResponse {
  const sections: Uint8Array[] = []
  const written = outputs.map(({ index, binary }) => {
    const tensor = tensors[index]!
    const spec = `"name":${JSON.stringify(signature.outputs[index]!.name)},"datatype":"${datatypeOf(tensor.type)}"`
    const shape = `"shape":[${tensor.dims.join(',')}]`
    if (!binary) return `{${spec},${shape},"data":${elementsJson(tensor)}}`
    const section = writeBinary(tensor.data)
    sections.push(section)
    return `{${spec},${shape},"parameters":{"binary_data_size":${section.length}}}`
  })
  const idJson = id === undefined ? '' : `"id":${JSON.stringify(id)},`
  const names = `"model_name":${JSON.stringify(name)},"model_version":${JSON.stringify(version)}`
  const json = `{${names},${idJson}"outputs":[${written.join(',')}]}`
  if (sections.length === 0) return { body: json, jsonBytes: undefined }
  const head = Buffer.from(json)
  return { body: Buffer.concat([head, ...sections]), jsonBytes: head.length }
}
