import type { Tensor } from '../model/tensor.ts'
import {
  ANSWERED,
  FAILED,
  MAGIC,
  MAX_ORIGIN_BYTES,
  MAX_RANK,
  MAX_SLICE_BYTES,
  PRELUDE_BYTES,
  VERSION,
} from './message-format.ts'
import type { ShadowOrigin, ShadowPair } from './shadow-pair.ts'

const PAIR_HEAD_BYTES = 7

/** Length of a pair as bytes. Cheap: nothing is copied. */
export function pairBytes({ feeds, outputs, slice }: ShadowPair): number {
  let length = PAIR_HEAD_BYTES + Buffer.byteLength(slice)
  for (const tensor of feeds) length += tensorBytes(tensor)
  for (const tensor of outputs ?? []) length += tensorBytes(tensor)
  return length
}

function tensorBytes({ dims, data }: Tensor): number {
  const head = 1 + 4 * dims.length
  if (!Array.isArray(data)) return head + data.byteLength
  return data.reduce((sum, text) => sum + 4 + Buffer.byteLength(text), head)
}

/** A pair as bytes of its own: its tensors may be changed, transferred or freed afterwards. */
export function encodePair(pair: ShadowPair): Buffer {
  const { feeds, outputs, slice, rows = 0 } = pair
  const bytes = Buffer.allocUnsafe(pairBytes(pair))
  const sliceLength = Buffer.byteLength(slice)
  if (sliceLength > MAX_SLICE_BYTES) {
    throw new RangeError(
      `Cannot write a shadow pair: a slice has at most ${MAX_SLICE_BYTES} bytes, received ${sliceLength}`,
    )
  }
  bytes[0] = outputs === undefined ? FAILED : ANSWERED
  bytes.writeUInt32LE(rows, 1)
  bytes.writeUInt16LE(sliceLength, 5)
  let offset = PAIR_HEAD_BYTES + bytes.write(slice, PAIR_HEAD_BYTES)
  for (const tensor of feeds) offset = writeTensor(bytes, offset, tensor)
  for (const tensor of outputs ?? []) offset = writeTensor(bytes, offset, tensor)
  return bytes
}

function writeTensor(bytes: Buffer, start: number, { dims, data }: Tensor): number {
  if (dims.length > MAX_RANK) {
    throw new RangeError(
      `Cannot write a shadow pair: a tensor has at most ${MAX_RANK} dimensions, received ${dims.length}`,
    )
  }
  let offset = bytes.writeUInt8(dims.length, start)
  for (const dim of dims) offset = bytes.writeUInt32LE(dim, offset)
  if (!Array.isArray(data)) {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), offset)
    return offset + data.byteLength
  }
  for (const text of data) {
    const length = bytes.write(text, offset + 4)
    bytes.writeUInt32LE(length, offset)
    offset += 4 + length
  }
  return offset
}

/** The origin as it stands in a message. */
export function encodeOrigin(origin: ShadowOrigin): Buffer {
  const { model, version, identity, signature } = origin
  const specs = (list: ShadowOrigin['signature']['inputs']) =>
    list.map(({ name, type, shape }) => ({ name, type, shape }))
  const bytes = Buffer.from(
    JSON.stringify({
      model,
      version,
      identity,
      signature: { inputs: specs(signature.inputs), outputs: specs(signature.outputs) },
    }),
  )
  if (bytes.length <= MAX_ORIGIN_BYTES) return bytes
  throw new RangeError(
    `Cannot shadow model '${model}': its signature takes ${bytes.length} bytes, at most ${MAX_ORIGIN_BYTES} are sent`,
  )
}

/** A whole message, as parts to be written one after the other. */
export function encodeMessage(origin: Buffer, pairs: readonly Buffer[]): Buffer[] {
  const prelude = Buffer.alloc(PRELUDE_BYTES)
  prelude.writeUInt32LE(MAGIC, 0)
  prelude.writeUInt8(VERSION, 4)
  prelude.writeUInt32LE(origin.length, 8)
  prelude.writeUInt32LE(pairs.length, 12)
  return [prelude, origin, ...pairs]
}
