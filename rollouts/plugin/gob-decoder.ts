import type { Buffer } from 'node:buffer'
import { ProtocolError } from './protocol-error.ts'
import { GobReader } from './gob-reader.ts'
import { GobBlob, GobComplex, GobInterface } from './gob-value.ts'
import type { GobStruct, GobValue } from './gob-value.ts'
import { BasicType, FIRST_USER_TYPE_ID, readName, readWireType } from './gob-types.ts'
import type { WireType } from './gob-types.ts'
import { TextCache } from './text-cache.ts'

export interface GobLimits {
  /** One message. */
  readonly maxMessageBytes: number
  /** Structs, lists, maps and interfaces inside each other. */
  readonly maxDepth: number
  /** Descriptors on one stream. A Rollout and an AnalysisRun need about 250. */
  readonly maxTypes: number
  readonly maxFieldsPerType: number
  readonly maxNameBytes: number
  /** Values in one message: a byte on the wire can become an object many times its size. */
  readonly maxValues: number
  /** The parts of a split value that wait for the last one; they are read again each time one comes. */
  readonly maxWaitingBytes: number
}

export const DEFAULT_GOB_LIMITS: GobLimits = {
  maxMessageBytes: 32 * 1024 * 1024,
  maxDepth: 100,
  maxTypes: 4096,
  maxFieldsPerType: 4096,
  maxNameBytes: 1024,
  maxValues: 8 * 1024 * 1024,
  maxWaitingBytes: 1024 * 1024,
}

type Codec = (reader: GobReader, depth: number) => GobValue

interface KnownType {
  readonly wire: WireType
  codec: Codec | undefined
}

/** Thrown through a half decoded value when its next part is in a message that has not come yet. */
class Paused extends Error {
  /** Where the unfinished message can be cut: right behind the name of the interface's type. */
  readonly cutBytes: number
  /** How many of the attempt's descriptors came before that point, and will be read again. */
  readonly definedBefore: number

  constructor(cutBytes: number, definedBefore: number) {
    super('value goes on in the next message')
    this.cutBytes = cutBytes
    this.definedBefore = definedBefore
  }
}

/**
 * Turns the messages of one gob stream into values. The descriptors on the wire alone say how: ids are the keys,
 * because a sender may describe one Go type twice, and in any order.
 *
 * A Go encoder that meets an interface whose type is new sends what it has so far as a message of its own, then one
 * message for each descriptor, then the rest. So a value may be split behind the name of any interface. The parts are
 * kept and read again from the start when the next one is there: generators, the other way to stop in the middle,
 * would make every value pay for what happens once for each type.
 */
export class GobDecoder {
  readonly #limits: GobLimits
  readonly #types = new Map<number, KnownType>()
  readonly #texts = new TextCache()
  /** The parts of a value that is not complete; descriptors between them are gone already. */
  #parts: Buffer[] = []
  #partIndex = 0
  #readAgainBytes = 0
  #definedInAttempt: number[] = []
  #valueCount = 0

  constructor(limits: GobLimits = DEFAULT_GOB_LIMITS) {
    this.#limits = limits
  }

  /** True while a value waits for its next message. */
  get paused(): boolean {
    return this.#parts.length > 0
  }

  /**
   * Takes one message, without its length prefix.
   *
   * @returns the value that is complete with it, wrapped because it may be null; undefined if there is none yet
   * @throws ProtocolError on anything that is not gob or is above a limit; the decoder cannot be used any more
   */
  accept(message: Buffer): { readonly value: GobValue } | undefined {
    const rest = this.#defineUntilValue(message)
    if (rest === undefined) return undefined
    this.#parts.push(rest)
    try {
      const value = this.#decodeParts()
      this.#parts = []
      this.#readAgainBytes = 0
      return { value }
    } catch (error) {
      if (!(error instanceof Paused)) throw error
      this.#parts[this.#parts.length - 1] = this.#parts.at(-1)!.subarray(0, error.cutBytes)
      for (const id of this.#definedInAttempt.slice(0, error.definedBefore)) this.#types.delete(id)
      this.#checkWaiting()
      return undefined
    }
  }

  #checkWaiting(): void {
    const waitingBytes = this.#parts.reduce((sum, part) => sum + part.length, 0)
    this.#readAgainBytes += waitingBytes
    const { maxWaitingBytes, maxMessageBytes } = this.#limits
    if (waitingBytes <= maxWaitingBytes && this.#readAgainBytes <= maxMessageBytes) return
    throw new ProtocolError(
      'gob',
      `Cannot decode gob value: ${waitingBytes} bytes in ${this.#parts.length} parts wait for the rest, the limit is ${maxWaitingBytes}`,
    )
  }

  /** Descriptors come in messages of their own, or, inside an interface, each with the length of what follows it. */
  #defineUntilValue(message: Buffer): Buffer | undefined {
    const reader = new GobReader(message, this.#texts)
    for (;;) {
      const start = reader.offset
      const id = reader.int()
      if (id >= 0) return message.subarray(start)
      this.#define(-id, reader)
      if (reader.leftBytes === 0) return undefined
      if (!this.paused) throw reader.fault(`${reader.leftBytes} bytes behind a type descriptor`)
      reader.uint()
    }
  }

  #decodeParts(): GobValue {
    this.#partIndex = 0
    this.#definedInAttempt = []
    this.#valueCount = 0
    const reader = new GobReader(this.#parts[0]!, this.#texts)
    const value = this.#decodeDelimited(reader.int(), reader, 0)
    if (reader.leftBytes > 0 || this.#partIndex < this.#parts.length - 1) {
      throw reader.fault(`${reader.leftBytes} bytes behind the value`)
    }
    return value
  }

  /** A value on its own: whatever is not a struct has a 0 in front, as if it were the only field of one. */
  #decodeDelimited(id: number, reader: GobReader, depth: number): GobValue {
    const codec = this.#codec(id, reader)
    if (this.#types.get(id)?.wire.kind !== 'struct' && reader.uint() !== 0) {
      throw reader.fault('expected a 0 before a value that is not a struct')
    }
    return codec(reader, depth)
  }

  #define(id: number, reader: GobReader): void {
    if (id < FIRST_USER_TYPE_ID) throw reader.fault(`type id ${id} is reserved`)
    if (this.#types.has(id)) throw reader.fault(`type id ${id} is described twice`)
    if (this.#types.size >= this.#limits.maxTypes) {
      throw reader.fault(`type descriptors are more than the limit of ${this.#limits.maxTypes}`)
    }
    this.#types.set(id, { wire: readWireType(reader, this.#limits), codec: undefined })
  }

  #codec(id: number, reader: GobReader): Codec {
    const basic = BASIC_CODECS.get(id)
    if (basic !== undefined) return basic
    if (id === BasicType.interface) return this.#decodeInterface
    const known = this.#types.get(id)
    if (known === undefined) throw reader.fault(`type id ${id} is not described`)
    known.codec ??= this.#compile(known.wire)
    return known.codec
  }

  /** One closure for each type; the parts are looked up when they are first met, so a type may contain itself. */
  #compile(wire: WireType): Codec {
    switch (wire.kind) {
      case 'blob':
        return (reader) => {
          this.#count(reader, 0, 1)
          const size = reader.uint()
          const start = reader.take(size)
          return new GobBlob(reader.message, start, start + size)
        }
      case 'array':
        return (reader, depth) => {
          const list = this.#decodeList(wire.elementId, reader, depth)
          if (list.length !== wire.length) {
            throw reader.fault(`expected an array of ${wire.length} elements, received ${list.length}`)
          }
          return list
        }
      case 'slice':
        return (reader, depth) => this.#decodeList(wire.elementId, reader, depth)
      case 'map':
        return (reader, depth) => this.#decodeMap(wire.keyId, wire.elementId, reader, depth)
      case 'struct':
        return this.#compileStruct(wire.name, wire.fields)
    }
  }

  #compileStruct(typeName: string, fields: readonly { readonly name: string; readonly typeId: number }[]): Codec {
    const codecs: (Codec | undefined)[] = fields.map(() => undefined)
    return (reader, depth) => {
      this.#count(reader, depth, 1)
      const struct: Record<string, GobValue> = {}
      let index = -1
      try {
        for (let delta = reader.uint(); delta !== 0; delta = reader.uint()) {
          index += delta
          const field = fields[index]
          if (field === undefined) throw reader.fault(`expected a field below ${fields.length}, received ${index}`)
          const codec = (codecs[index] ??= this.#codec(field.typeId, reader))
          struct[field.name] = codec(reader, depth + 1)
        }
      } catch (error) {
        throw withPlace(error, typeName, fields[index]?.name)
      }
      return struct satisfies GobStruct
    }
  }

  #decodeList(elementId: number, reader: GobReader, depth: number): GobValue[] {
    const count = this.#elementCount(reader, depth, 1)
    const codec = count === 0 ? undefined : this.#codec(elementId, reader)
    const list: GobValue[] = []
    for (let index = 0; index < count; index += 1) list.push(codec!(reader, depth + 1))
    return list
  }

  #decodeMap(keyId: number, elementId: number, reader: GobReader, depth: number): Map<GobValue, GobValue> {
    const count = this.#elementCount(reader, depth, 2)
    const map = new Map<GobValue, GobValue>()
    if (count === 0) return map
    const keyCodec = this.#codec(keyId, reader)
    const elementCodec = this.#codec(elementId, reader)
    for (let index = 0; index < count; index += 1) {
      const key = keyCodec(reader, depth + 1)
      map.set(key, elementCodec(reader, depth + 1))
    }
    return map
  }

  readonly #decodeInterface: Codec = (reader, depth) => {
    this.#count(reader, depth, 1)
    const typeName = readName(reader, this.#limits)
    if (typeName === '') return null
    const id = this.#readTypeSequence(reader)
    reader.uint()
    return new GobInterface(typeName, this.#decodeDelimited(id, reader, depth + 1))
  }

  /** Descriptors, then the id of the value; at the end of a message both go on in the next one. */
  #readTypeSequence(reader: GobReader): number {
    const cutBytes = reader.offset
    const definedBefore = this.#definedInAttempt.length
    for (;;) {
      if (reader.leftBytes === 0) {
        this.#partIndex += 1
        const next = this.#parts[this.#partIndex]
        if (next === undefined) throw new Paused(cutBytes, definedBefore)
        reader.moveTo(next)
      }
      const id = reader.int()
      if (id >= 0) return id
      this.#define(-id, reader)
      this.#definedInAttempt.push(-id)
      if (reader.leftBytes > 0) reader.uint()
    }
  }

  /** Each element takes bytes, so a count that the message cannot hold is refused before any memory is taken. */
  #elementCount(reader: GobReader, depth: number, leastBytes: number): number {
    const count = reader.uint()
    if (count * leastBytes > reader.leftBytes) {
      throw reader.fault(`expected at most ${Math.floor(reader.leftBytes / leastBytes)} elements, received ${count}`)
    }
    this.#count(reader, depth, count + 1)
    return count
  }

  #count(reader: GobReader, depth: number, values: number): void {
    this.#valueCount += values
    if (this.#valueCount > this.#limits.maxValues) {
      throw reader.fault(`values are more than the limit of ${this.#limits.maxValues}`)
    }
    if (depth > this.#limits.maxDepth) throw reader.fault(`nested deeper than the limit of ${this.#limits.maxDepth}`)
  }
}

const BASIC_CODECS: ReadonlyMap<number, Codec> = new Map<number, Codec>([
  [BasicType.bool, (reader) => reader.uint() !== 0],
  [BasicType.int, (reader) => reader.intValue()],
  [BasicType.uint, (reader) => reader.uintValue()],
  [BasicType.float, (reader) => reader.float()],
  [BasicType.bytes, (reader) => reader.bytes(reader.uint())],
  [BasicType.string, (reader) => reader.text(reader.uint())],
  [BasicType.complex, (reader) => new GobComplex(reader.float(), reader.float())],
])

/** Names the innermost field, where the fault is; the fields around it would only repeat the type. */
function withPlace(error: unknown, typeName: string, fieldName: string | undefined): unknown {
  if (!(error instanceof ProtocolError) || error.cause !== undefined) return error
  return new ProtocolError('gob', `${error.message} of '${typeName}.${fieldName ?? '?'}'`, { cause: error })
}
