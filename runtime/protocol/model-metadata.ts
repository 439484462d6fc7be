import type { ModelEntry, ServedModel } from '../catalogue/served-model.ts'
import type { TensorSpec } from '../model/signature.ts'
import { datatypeOf, type Datatype } from './datatype.ts'

/** `$metadata_tensor` of the Open Inference Protocol; -1 stands for a size that varies. */
export interface TensorMetadata {
  readonly name: string
  readonly datatype: Datatype
  readonly shape: readonly number[]
}

/** `$metadata_model_response` of the Open Inference Protocol. */
export interface ModelMetadata {
  readonly name: string
  readonly versions: readonly string[]
  readonly platform: string
  readonly inputs: readonly TensorMetadata[]
  readonly outputs: readonly TensorMetadata[]
  readonly parameters: Readonly<Record<string, string>>
}

/** One version of a model in the answer to `POST /v2/repository/index` of Triton's model repository extension. */
export interface RepositoryEntry {
  readonly name: string
  readonly version: string
  readonly state: 'READY' | 'LOADING' | 'UNLOADING' | 'UNAVAILABLE'
  readonly reason: string
}

const STATES = { ready: 'READY', loading: 'LOADING', unloading: 'UNLOADING', failed: 'UNAVAILABLE' } as const

/** What a model takes and gives; the parameters name its file's digest and the outputs that are not served. */
export function modelMetadata(model: ServedModel, entries: readonly ModelEntry[]): ModelMetadata {
  const { inputs, outputs, unsupportedOutputs } = model.signature
  const unsupported = unsupportedOutputs.map(({ name, reason }) => `${name}: ${reason}`).join('; ')
  return {
    name: model.name,
    versions: entries
      .filter(({ name, state }) => name === model.name && state === 'ready')
      .map(({ version }) => version),
    platform: 'onnx_onnxv1',
    inputs: inputs.map(tensorMetadata),
    outputs: outputs.map(tensorMetadata),
    parameters: { sha256: model.digest, ...(unsupported === '' ? {} : { unsupported_outputs: unsupported }) },
  }
}

/** An entry of the catalogue as Triton's extension names it. */
export function repositoryEntry({ name, version, state, reason }: ModelEntry): RepositoryEntry {
  return { name, version, state: STATES[state], reason }
}

function tensorMetadata({ name, type, shape }: TensorSpec): TensorMetadata {
  return { name, datatype: datatypeOf(type), shape: shape.map((dim) => (typeof dim === 'number' ? dim : -1)) }
}
