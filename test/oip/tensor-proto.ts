import { elementRules, type ElementType } from '../../runtime/model/element-type.ts'
import type { Tensor } from '#runtime'

/** Element types by their numbers in onnx.proto (TensorProto.DataType). */
const TYPES: Readonly<Record<number, ElementType>> = {
  1: 'float32',
  2: 'uint8',
  3: 'int8',
  4: 'uint16',
  5: 'int16',
  6: 'int32',
  7: 'int64',
  8: 'string',
  9: 'bool',
  10: 'float16',
  11: 'float64',
  12: 'uint32',
  13: 'uint64',
}

interface Field {
  readonly number: number
  /** A varint, or the bytes of another wire type. */
  readonly value: bigint | Buffer
}

/**
 * Reads a TensorProto of onnx.proto.
 *
 * @returns undefined for element types that the server does not support
 */
export function readTensorProto(bytes: Buffer): Tensor | undefined {
  const fields = [...readFields(bytes)]
  const dims = integers(fields, 1).map(Number)
  const type = TYPES[Number(integers(fields, 2)[0] ?? 0n)]
  if (type === undefined) return undefined
  return { type, dims, data: readElements(type, fields) }
}

function readElements(type: ElementType, fields: readonly Field[]): Tensor['data'] {
  const all = (number: number) => fields.flatMap(({ number: own, value }) => (own === number ? [value] : []))
  if (type === 'string') return all(6).map((value) => (value as Buffer).toString())
  const [raw = Buffer.concat(all(4).concat(all(10)) as Buffer[])] = all(9) as Buffer[]
  const empty = elementRules(type).allocate(0) as Exclude<Tensor['data'], string[]>
  if (raw.length > 0) {
    const elements = elementRules(type).allocate(raw.length / empty.BYTES_PER_ELEMENT) as typeof empty
    new Uint8Array(elements.buffer).set(raw)
    return elements
  }
  const listed = [5, 7, 11].flatMap((number) => integers(fields, number))
  if (type === 'float16') return new Float16Array(Uint16Array.from(listed, Number).buffer)
  const values = listed.map((value) => BigInt.asIntN(64, value))
  if (type === 'int64') return BigInt64Array.from(values)
  if (type === 'uint64') return BigUint64Array.from(listed)
  const elements = elementRules(type).allocate(values.length)
  for (const [i, value] of values.entries()) elements[i] = Number(value)
  return elements
}

/** The numbers of a repeated field, packed or not. */
function integers(fields: readonly Field[], number: number): bigint[] {
  return fields.flatMap(({ number: own, value }) => {
    if (own !== number) return []
    if (typeof value === 'bigint') return [value]
    const packed: bigint[] = []
    for (let at = 0; at < value.length;) {
      const [one, next] = readVarint(value, at)
      packed.push(one)
      at = next
    }
    return packed
  })
}

function* readFields(bytes: Buffer): Generator<Field> {
  for (let at = 0; at < bytes.length;) {
    const [key, start] = readVarint(bytes, at)
    const number = Number(key >> 3n)
    const wire = Number(key & 7n)
    if (wire === 0) {
      const [value, next] = readVarint(bytes, start)
      at = next
      yield { number, value }
    } else {
      const [length, from] = wire === 2 ? readVarint(bytes, start) : [wire === 1 ? 8n : 4n, start]
      at = from + Number(length)
      yield { number, value: bytes.subarray(from, at) }
    }
  }
}

function readVarint(bytes: Buffer, from: number): [bigint, number] {
  let value = 0n
  let at = from
  for (let shift = 0n; ; shift += 7n) {
    const byte = bytes.readUInt8(at)
    at += 1
    value |= BigInt(byte & 127) << shift
    if (byte < 128) return [value, at]
  }
}
