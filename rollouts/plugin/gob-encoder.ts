import type { Buffer } from 'node:buffer'
import { encodeGoTime } from './go-time.ts'
import type { GoTime } from './go-time.ts'
import type { EncodableStruct, EncodableValue, GobSchema, StructSchema } from './gob-schema.ts'
import { BasicType } from './gob-types.ts'
import { GobWriter } from './gob-writer.ts'

/** Go's own first id differs between versions; any from 65 on is accepted by all of them. */
const FIRST_OWN_TYPE_ID = 65

/** The members of Go's wireType, by their index plus one: the delta that leads to them. */
const DescriptorDelta = { slice: 2, struct: 3, map: 4, time: 5 } as const

export interface GobPart {
  readonly schema: GobSchema
  readonly value: EncodableValue
}

/**
 * Writes values of fixed schemas to one gob stream; a type is described the first time it is used. The messages have
 * to be sent in the order in which they were encoded.
 */
export class GobEncoder {
  readonly #typeIds = new Map<GobSchema, number>()
  readonly #values = new GobWriter()
  readonly #head = new GobWriter()
  readonly #output = new GobWriter()

  /**
   * The messages for the values, one after the other, descriptors included.
   *
   * @throws TypeError or RangeError if a value is not of its schema; then nothing counts as sent
   */
  encode(parts: readonly GobPart[]): Buffer {
    // All values first: once a descriptor is written, nothing may fail any more, or the stream would lack it.
    this.#values.clear()
    const ends = parts.map(({ schema, value }) => {
      writeTopLevel(this.#values, schema, value)
      return this.#values.length
    })
    this.#output.clear()
    let start = 0
    for (const [index, end] of ends.entries()) {
      const typeId = this.#describe(parts[index]!.schema)
      this.#head.clear()
      this.#head.int(typeId)
      this.#output.uint(this.#head.length + end - start)
      this.#output.raw(this.#head.view())
      this.#output.raw(this.#values.view().subarray(start, end))
      start = end
    }
    return this.#output.copy()
  }

  /** The id of a type, after its descriptor and those of its parts are in the output. */
  #describe(schema: GobSchema): number {
    const known = this.#typeIds.get(schema) ?? basicId(schema)
    if (known !== undefined) return known
    const id = FIRST_OWN_TYPE_ID + this.#typeIds.size
    this.#typeIds.set(schema, id)
    const partIds = partsOf(schema).map((part) => this.#describe(part))
    this.#head.clear()
    writeDescriptor(this.#head, schema, id, partIds)
    this.#output.bytes(this.#head.view())
    return id
  }
}

function basicId(schema: GobSchema): number | undefined {
  switch (schema.kind) {
    case 'slice':
    case 'map':
    case 'struct':
    case 'time':
      return undefined
    case 'bool':
    case 'int':
    case 'uint':
    case 'float':
    case 'bytes':
    case 'string':
      return BasicType[schema.kind]
  }
}

function partsOf(schema: GobSchema): readonly GobSchema[] {
  if (schema.kind === 'slice') return [schema.element]
  if (schema.kind === 'map') return [schema.key, schema.element]
  return schema.kind === 'struct' ? schema.fields.map((field) => field.schema) : []
}

function writeDescriptor(head: GobWriter, schema: GobSchema, id: number, partIds: readonly number[]): void {
  head.int(-id)
  if (schema.kind === 'struct') {
    writeCommonType(head, DescriptorDelta.struct, schema.name, id)
    writeFieldTypes(head, schema, partIds)
  } else if (schema.kind === 'slice' || schema.kind === 'map') {
    writeCommonType(head, DescriptorDelta[schema.kind], '', id)
    for (const partId of partIds) {
      head.uint(1)
      head.int(partId)
    }
  } else {
    writeCommonType(head, DescriptorDelta.time, 'Time', id)
  }
  head.uint(0)
  head.uint(0)
}

function writeFieldTypes(head: GobWriter, schema: StructSchema, partIds: readonly number[]): void {
  if (schema.fields.length === 0) return
  head.uint(1)
  head.uint(schema.fields.length)
  for (const [index, field] of schema.fields.entries()) {
    head.uint(1)
    head.string(field.name)
    head.uint(1)
    head.int(partIds[index]!)
    head.uint(0)
  }
}

function writeCommonType(body: GobWriter, delta: number, name: string, id: number): void {
  body.uint(delta)
  body.uint(1)
  if (name === '') {
    body.uint(2)
  } else {
    body.uint(1)
    body.string(name)
    body.uint(1)
  }
  body.int(id)
  body.uint(0)
}

function writeTopLevel(body: GobWriter, schema: GobSchema, value: EncodableValue): void {
  if (schema.kind !== 'struct') body.uint(0)
  writeValue(body, schema, value)
}

function writeValue(body: GobWriter, schema: GobSchema, value: EncodableValue): void {
  switch (schema.kind) {
    case 'bool':
      if (typeof value !== 'boolean') throw mismatch('bool', value)
      body.uint(value ? 1 : 0)
      return
    case 'int':
    case 'uint':
      if (typeof value !== 'bigint' && !Number.isSafeInteger(value)) throw mismatch(schema.kind, value)
      body[schema.kind](value as number | bigint)
      return
    case 'float':
      if (typeof value !== 'number') throw mismatch('float', value)
      body.float(value)
      return
    case 'string':
      if (typeof value !== 'string') throw mismatch('string', value)
      body.string(value)
      return
    case 'bytes':
      if (!(value instanceof Uint8Array)) throw mismatch('bytes', value)
      body.bytes(value)
      return
    case 'time':
      if (!isGoTime(value)) throw mismatch('time', value)
      body.bytes(encodeGoTime(value))
      return
    case 'slice':
      if (!Array.isArray(value)) throw mismatch('slice', value)
      body.uint(value.length)
      for (const element of value as readonly EncodableValue[]) writeValue(body, schema.element, element)
      return
    case 'map':
      if (!(value instanceof Map)) throw mismatch('map', value)
      body.uint(value.size)
      for (const [key, element] of value as ReadonlyMap<EncodableValue, EncodableValue>) {
        writeValue(body, schema.key, key)
        writeValue(body, schema.element, element)
      }
      return
    case 'struct':
      if (typeof value !== 'object') throw mismatch(schema.name, value)
      writeStruct(body, schema.fields, value as EncodableStruct)
  }
}

function writeStruct(body: GobWriter, fields: StructSchema['fields'], value: EncodableStruct): void {
  let written = -1
  for (let index = 0; index < fields.length; index += 1) {
    const field = fields[index]!
    const part = value[field.name]
    if (part === undefined || isZero(part)) continue
    body.uint(index - written)
    writeValue(body, field.schema, part)
    written = index
  }
  body.uint(0)
}

/** What Go does not send as a field: zeros and nil. Empty maps and structs are sent. */
function isZero(value: EncodableValue): boolean {
  if (Array.isArray(value) || value instanceof Uint8Array) return value.length === 0
  return value === false || value === 0 || value === 0n || value === ''
}

function isGoTime(value: EncodableValue): value is GoTime {
  return typeof value === 'object' && 'unixSeconds' in value && typeof value.unixSeconds === 'bigint'
}

function mismatch(expected: string, value: unknown): TypeError {
  return new TypeError(`Cannot encode gob value: expected ${expected}, received ${typeof value}`)
}
