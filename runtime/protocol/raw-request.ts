import { InputError } from '#faults'
import { describeSpec, type Signature, type TensorSpec } from '../model/signature.ts'
import { elementCount } from '../model/tensor.ts'
import { readBinary } from './binary-elements.ts'
import type { InferenceRequest } from './inference-request.ts'
import { makeJob } from './make-job.ts'
import { elementRules } from '../model/element-type.ts'
import { REQUEST } from './request-faults.ts'

/**
 * Reads a request that is nothing but the elements of the model's only input, as the binary tensor data extension allows. One
 * varying size follows from the number of bytes; where more vary, the first is one row. Texts come one at a time, without
 * their length. The answer holds all outputs in binary form.
 *
 * @param maxRows most rows that one request may bring
 * @throws {InputError} where the model takes something else
 */
export function parseRawRequest(body: Buffer, signature: Signature, maxRows: number): InferenceRequest {
  const [spec, second] = signature.inputs
  if (spec === undefined || second !== undefined) {
    throw refusal(`expected JSON with ${signature.inputs.length} inputs, received ${body.length} bytes without JSON`)
  }
  const bytes = spec.type === 'string' ? withLength(body) : body
  const dims = deduceSizes(spec, bytes)
  const elements = dims === undefined ? undefined : readBinary(spec.type, bytes, elementCount(dims))
  if (dims === undefined || elements === undefined || 'expected' in elements) {
    throw refusal(`expected the bytes of ${describeSpec(spec)}, received ${body.length} bytes`)
  }
  const outputs = signature.outputs.map((_, index) => ({ index, binary: true }))
  const job = makeJob([{ type: spec.type, dims, data: elements }], signature, maxRows)
  return { id: undefined, job, outputs }
}

function withLength(text: Buffer): Buffer {
  const length = Buffer.alloc(4)
  length.writeUInt32LE(text.length)
  return Buffer.concat([length, text])
}

function deduceSizes({ type, shape }: TensorSpec, bytes: Buffer): number[] | undefined {
  const varying = shape.flatMap((dim, axis) => (typeof dim === 'number' ? [] : [axis]))
  const known = shape.map((dim) => (typeof dim === 'number' ? dim : 1))
  const [free] = varying.length === 2 && varying[0] === 0 ? varying.slice(1) : varying
  if (free === undefined) return known
  if (varying.length > 2 || (varying.length === 2 && varying[0] !== 0)) return undefined
  const empty = elementRules(type).allocate(0)
  const count = Array.isArray(empty) ? 1 : bytes.length / empty.BYTES_PER_ELEMENT
  known[free] = count / elementCount(known)
  return Number.isInteger(known[free]) && known[free] > 0 ? known : undefined
}

function refusal(text: string): InputError {
  return new InputError(REQUEST, [{ path: '', text }])
}
