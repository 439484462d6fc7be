import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { basename } from 'node:path'
import { pipeline } from 'node:stream/promises'
import * as ort from 'onnxruntime-node'
import { InputError } from '#faults'
import { isElementType } from './element-type.ts'
import type { SkippedProvider } from './execution-provider.ts'
import { firstLine, modelSubject, openSession } from './open-session.ts'
import { ServingError } from '../execution/serving-error.ts'
import type { Signature, TensorSpec, UnsupportedOutput } from './signature.ts'
import type { Tensor } from './tensor.ts'

/** A loaded ONNX model. */
export interface Model {
  readonly name: string
  /** SHA-256 of the model file, hexadecimal. */
  readonly digest: string
  readonly signature: Signature
  /** Execution providers that were to come before those that are used. */
  readonly skippedProviders?: readonly SkippedProvider[]
  /**
   * Runs the model once. A model that `loadModel` gave computes on the calling thread: nothing else happens there meanwhile.
   *
   * @param feeds one tensor per input, in the signature's order
   * @returns one tensor per supported output, in the signature's order
   * @throws {ServingError} modelFailed
   */
  readonly run: (feeds: readonly Tensor[]) => Promise<Tensor[]>
  /**
   * Since when a run that cannot be stopped has been overdue, in milliseconds of the clock it was given; undefined while none is.
   * Absent where runs block the caller or can be stopped.
   */
  readonly overdueSinceMs?: () => number | undefined
  /** Frees the native memory, which the garbage collector does not see. Nothing may run then or later. */
  readonly release: () => Promise<void>
}

/** How a model is to be loaded. */
export interface LoadOptions {
  /** Execution providers by ONNX Runtime's names, the preferred one first; `cpu` alone when absent. */
  readonly providers?: readonly string[]
}

/**
 * Loads an ONNX model to run on the calling thread alone: for small batches more threads cost CPU and win no time.
 *
 * @param name defaults to the file's name without `.onnx`
 * @throws {InputError} where the file cannot be read, is not a model, has inputs that no request can carry, or none of the
 *   execution providers can be used
 */
export async function loadModel(
  path: string,
  name = basename(path, '.onnx'),
  { providers = ['cpu'] }: LoadOptions = {},
): Promise<Model> {
  const digest = await digestModel(path)
  const { session, skipped } = await openSession(path, providers)
  try {
    const model = wrapSession(session, name, digest, readSignature(session, modelSubject(path)))
    return skipped.length === 0 ? model : { ...model, skippedProviders: skipped }
  } catch (error) {
    await session.release()
    throw error
  }
}

/**
 * SHA-256 of a model file, hexadecimal.
 *
 * @throws {InputError} where it cannot be read or is empty
 */
export async function digestModel(path: string): Promise<string> {
  const subject = modelSubject(path)
  const hash = createHash('sha256')
  try {
    const { size } = await stat(path)
    await pipeline(createReadStream(path), hash)
    if (size === 0)
      throw new InputError(subject, [{ path: '', text: 'expected an ONNX model, received an empty file' }])
  } catch (cause) {
    if (cause instanceof InputError) throw cause
    throw new InputError(subject, [{ path: '', text: `the file cannot be read (${firstLine(cause)})` }], { cause })
  }
  return hash.digest('hex')
}

function wrapSession(session: ort.InferenceSession, name: string, digest: string, signature: Signature): Model {
  const fetches = signature.outputs.map((output) => output.name)
  return {
    name,
    digest,
    signature,
    async run(feeds) {
      const named: Record<string, ort.Tensor> = {}
      for (const [i, { name: input }] of signature.inputs.entries()) named[input] = toRuntime(feeds[i]!)
      try {
        const results = await session.run(named, fetches)
        return fetches.map((output) => fromRuntime(results[output]!))
      } catch (cause) {
        throw new ServingError('modelFailed', `Cannot run model '${name}': ${firstLine(cause)}`, { cause })
      }
    },
    release: () => session.release(),
  }
}

function readSignature(session: ort.InferenceSession, subject: string): Signature {
  const inputs = session.inputMetadata.map(readSpec)
  const outputs = session.outputMetadata.map(readSpec)
  const faults = inputs
    .filter(isUnsupported)
    .map(({ name, reason }) => ({ path: `input '${name}'`, text: `expected a supported tensor, received ${reason}` }))
  const supported = outputs.filter(isSupported)
  if (supported.length === 0) faults.push({ path: 'outputs', text: 'expected a supported tensor, received none' })
  if (faults.length > 0) throw new InputError(subject, faults)
  return {
    inputs: inputs.filter(isSupported),
    outputs: supported,
    unsupportedOutputs: outputs.filter(isUnsupported),
  }
}

function isSupported(spec: TensorSpec | UnsupportedOutput): spec is TensorSpec {
  return 'type' in spec
}

function isUnsupported(spec: TensorSpec | UnsupportedOutput): spec is UnsupportedOutput {
  return 'reason' in spec
}

function readSpec(metadata: ort.InferenceSession.ValueMetadata): TensorSpec | UnsupportedOutput {
  const { name } = metadata
  if (!metadata.isTensor) return { name, reason: 'a sequence, map or optional value' }
  if (!isElementType(metadata.type)) return { name, reason: `element type ${metadata.type}` }
  return { name, type: metadata.type, shape: metadata.shape }
}

function toRuntime({ type, data, dims }: Tensor): ort.Tensor {
  if (data instanceof Float16Array) return halfTensor(data, dims)
  return new ort.Tensor(type, data, dims)
}

/** onnxruntime-node 1.30 gives out a Float16Array but reads none; it does read the bits of one under the type's name. */
function halfTensor({ buffer, byteOffset, length }: Float16Array, dims: readonly number[]): ort.Tensor {
  const bits = new Uint16Array(buffer, byteOffset, length)
  return Object.assign(new ort.Tensor('uint16', bits, dims), { type: 'float16' as const })
}

function fromRuntime({ type, data, dims }: ort.Tensor): Tensor {
  if (!isElementType(type)) throw new TypeError(`Cannot read an output: element type ${type} is not supported`)
  return { type, dims, data }
}
