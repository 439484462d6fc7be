import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { basename } from 'node:path'
import { pipeline } from 'node:stream/promises'
import * as ort from 'onnxruntime-node'
import { InputError } from '#decision'
import { isElementType } from './element-type.ts'
import { ServingError } from '../execution/serving-error.ts'
import type { Signature, TensorSpec, UnsupportedOutput } from './signature.ts'
import type { Tensor } from './tensor.ts'

const MAX_REASON_LENGTH = 300

/**
 * Only what ends the process is logged (4): errors come as exceptions, and at 3 each failed run would write a line to standard
 * error, as fast as requests come.
 */
const SESSION_OPTIONS = { intraOpNumThreads: 1, interOpNumThreads: 1, logSeverityLevel: 4 } as const

/** A loaded ONNX model. */
export interface Model {
  readonly name: string
  /** SHA-256 of the model file, hexadecimal. */
  readonly digest: string
  readonly signature: Signature
  /**
   * Runs the model once. ONNX Runtime computes on the calling thread: nothing else happens there meanwhile.
   *
   * @param feeds one tensor per input, in the signature's order
   * @returns one tensor per supported output, in the signature's order
   * @throws {ServingError} modelFailed
   */
  readonly run: (feeds: readonly Tensor[]) => Promise<Tensor[]>
  /** Frees the native memory, which the garbage collector does not see. Nothing may run then or later. */
  readonly release: () => Promise<void>
}

/**
 * Loads an ONNX model to run on the calling thread alone: for small batches more threads cost CPU and win no time.
 *
 * @param name defaults to the file's name without `.onnx`
 * @throws {InputError} where the file cannot be read, is not a model, or has inputs that no request can carry
 */
export async function loadModel(path: string, name = basename(path, '.onnx')): Promise<Model> {
  const subject = `model ${JSON.stringify(path)}`
  const digest = await digestFile(path, subject)
  const session = await openSession(path, subject)
  try {
    return wrapSession(session, name, digest, readSignature(session, subject))
  } catch (error) {
    await session.release()
    throw error
  }
}

async function digestFile(path: string, subject: string): Promise<string> {
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

async function openSession(path: string, subject: string): Promise<ort.InferenceSession> {
  try {
    return await ort.InferenceSession.create(path, SESSION_OPTIONS)
  } catch (cause) {
    const text = `expected an ONNX model, ONNX Runtime says "${firstLine(cause)}"`
    throw new InputError(subject, [{ path: '', text }], { cause })
  }
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
  return new ort.Tensor(type, data, dims)
}

function fromRuntime({ type, data, dims }: ort.Tensor): Tensor {
  if (!isElementType(type)) throw new TypeError(`Cannot read an output: element type ${type} is not supported`)
  return { type, dims, data }
}

/** ONNX Runtime appends a stack of native frames to some messages; the first line says what happened. */
function firstLine(cause: unknown): string {
  const text = (cause instanceof Error ? cause.message : String(cause)).split('\n', 1)[0] ?? ''
  return text.length > MAX_REASON_LENGTH ? `${text.slice(0, MAX_REASON_LENGTH)}…` : text
}
