import { z } from 'zod'
import { InputError, parseInput } from '#faults'
import { elementRules, isElementType, type Elements, type ElementType } from '../model/element-type.ts'
import type { TensorSpec } from '../model/signature.ts'
import type { Tensor } from '../model/tensor.ts'
import { ByteReader } from './byte-reader.ts'
import {
  ANSWERED,
  FAILED,
  MAGIC,
  MAX_ORIGIN_BYTES,
  MAX_PAIRS,
  MAX_RANK,
  MAX_SLICE_BYTES,
  VERSION,
} from './message-format.ts'
import type { ShadowBatch, ShadowOrigin, ShadowPair } from './shadow-pair.ts'

const SUBJECT = 'the shadow message'
const MAX_NAME = 1_024
const MAX_TENSORS = 256

const name = z.string('expected a name').max(MAX_NAME, `expected at most ${MAX_NAME} characters`)
const spec = z.strictObject({
  name,
  type: z.string('expected an element type').transform((text, context): ElementType => {
    if (isElementType(text)) return text
    context.addIssue({ code: 'custom', message: 'expected a supported element type' })
    return z.NEVER
  }),
  shape: z
    .array(z.union([z.int().nonnegative(), name], 'expected the size or name of a dimension'))
    .max(MAX_RANK, `expected at most ${MAX_RANK} dimensions`),
})
const specs = z.array(spec, 'expected a list').max(MAX_TENSORS, `expected at most ${MAX_TENSORS} tensors`)
const originSchema = z.strictObject({
  model: name,
  version: name,
  identity: name,
  signature: z.strictObject({ inputs: specs, outputs: specs }),
})

/** What a message says before its pairs. */
export interface MessageHead {
  readonly origin: ShadowOrigin
  readonly pairs: number
}

/**
 * Reads a message whole. Every length is held against the bytes that are there before memory is taken for it.
 *
 * @throws {InputError} with the place and what was expected there
 */
export function decodeMessage(bytes: Buffer): ShadowBatch {
  const reader = new ByteReader(bytes, SUBJECT)
  const { origin, pairs: count } = readHead(reader)
  const pairs: ShadowPair[] = []
  for (let i = 0; i < count; i += 1) pairs.push(readPair(reader, origin, `pairs[${i}]`))
  if (reader.bytesLeft > 0) reader.refuse('the end', `expected no more bytes, received ${reader.bytesLeft}`)
  return { origin, pairs }
}

function readHead(reader: ByteReader): MessageHead {
  const magic = reader.uint32('the beginning')
  if (magic !== MAGIC) reader.refuse('the beginning', 'expected MGSP, received other bytes')
  const version = reader.uint8('the version')
  if (version !== VERSION) reader.refuse('the version', `expected ${VERSION}, received ${version}`)
  reader.take(3, 'the version')
  const originBytes = reader.uint32('the length of the origin')
  const pairs = reader.uint32('the number of pairs')
  if (originBytes > MAX_ORIGIN_BYTES) {
    reader.refuse('the length of the origin', `expected at most ${MAX_ORIGIN_BYTES}, received ${originBytes}`)
  }
  if (pairs > MAX_PAIRS) reader.refuse('the number of pairs', `expected at most ${MAX_PAIRS}, received ${pairs}`)
  return { origin: readOrigin(reader.text(originBytes, 'the origin')), pairs }
}

function readOrigin(text: string): ShadowOrigin {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw new InputError(SUBJECT, [{ path: 'the origin', text: 'expected JSON, received malformed text' }], { cause })
  }
  return parseInput(originSchema, value, SUBJECT, 'the origin')
}

function readPair(reader: ByteReader, { signature }: ShadowOrigin, at: string): ShadowPair {
  const outcome = reader.uint8(`${at}.outcome`)
  if (outcome !== FAILED && outcome !== ANSWERED) {
    reader.refuse(`${at}.outcome`, `expected ${FAILED} or ${ANSWERED}, received ${outcome}`)
  }
  const rows = reader.uint32(`${at}.rows`)
  const sliceBytes = reader.uint16(`${at}.slice`)
  if (sliceBytes > MAX_SLICE_BYTES) {
    reader.refuse(`${at}.slice`, `expected at most ${MAX_SLICE_BYTES} bytes, received ${sliceBytes}`)
  }
  const slice = reader.text(sliceBytes, `${at}.slice`)
  const read = (kind: 'inputs' | 'outputs') => signature[kind].map((spec) => readTensor(reader, spec, rows, at))
  const feeds = read('inputs')
  return {
    feeds,
    rows: rows === 0 ? undefined : rows,
    outputs: outcome === ANSWERED ? read('outputs') : undefined,
    slice,
  }
}

function readTensor(reader: ByteReader, { name, type, shape }: TensorSpec, rows: number, at: string): Tensor {
  const place = `${at} '${name}'`
  const rank = reader.uint8(place)
  if (rank > MAX_RANK) reader.refuse(place, `expected at most ${MAX_RANK} dimensions, received ${rank}`)
  const dims: number[] = []
  for (let axis = 0; axis < rank; axis += 1) dims.push(reader.uint32(place))
  const fits =
    shape.length === 0 || (rank === shape.length && shape.every((dim, i) => typeof dim !== 'number' || dim === dims[i]))
  if (!fits) reader.refuse(place, `expected the shape [${shape.join(',')}], received [${dims.join(',')}]`)
  if (rows > 0 && dims[0] !== rows) reader.refuse(place, `expected ${rows} rows, received [${dims.join(',')}]`)
  const count = dims.reduce((product, dim) => product * dim, 1)
  return {
    type,
    dims,
    data: type === 'string' ? readTexts(reader, count, place) : readNumbers(reader, type, count, place),
  }
}

function readTexts(reader: ByteReader, count: number, place: string): string[] {
  if (count > reader.bytesLeft / 4) {
    reader.refuse(place, `expected ${count} texts, received ${reader.bytesLeft} bytes for them`)
  }
  const texts: string[] = []
  for (let i = 0; i < count; i += 1) texts.push(reader.text(reader.uint32(place), place))
  return texts
}

function readNumbers(reader: ByteReader, type: ElementType, count: number, place: string): Elements {
  const empty = elementRules(type).allocate(0)
  const size = Array.isArray(empty) ? 1 : empty.BYTES_PER_ELEMENT
  const source = reader.take(count * size, place)
  if (type === 'bool' && source.some((byte) => byte > 1))
    reader.refuse(place, 'expected truth values, received other bytes')
  const data = elementRules(type).allocate(count)
  if (!Array.isArray(data)) new Uint8Array(data.buffer, data.byteOffset, data.byteLength).set(source)
  return data
}
