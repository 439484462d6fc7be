import type { Buffer } from 'node:buffer'

/**
 * A value of a gob stream, as its descriptors say it is.
 *
 * | Go                         | here                                                                      |
 * | -------------------------- | ------------------------------------------------------------------------- |
 * | bool                       | boolean                                                                   |
 * | int…, uint…                | number up to 2^53 - 1 either way, bigint beyond                           |
 * | float32, float64           | number, NaN and the infinities included                                   |
 * | complex64, complex128      | GobComplex                                                                |
 * | string                     | string; a Uint8Array if the bytes are not UTF-8, so that none is lost     |
 * | []byte                     | Uint8Array                                                                |
 * | slice, array               | array                                                                     |
 * | map                        | Map                                                                       |
 * | struct                     | GobStruct: the fields that were sent, by their Go names                   |
 * | interface                  | null, or GobInterface                                                     |
 * | GobEncoder, BinaryMarshaler, TextMarshaler | GobBlob                                                   |
 *
 * Go does not send a field that has its zero value, nor a pointer to one: an absent field is zero, empty or nil, and
 * nothing on the wire tells which.
 */
export type GobValue =
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | GobComplex
  | GobList
  | GobMap
  | GobStruct
  | GobInterface
  | GobBlob
  | null

export type GobList = readonly GobValue[]
export type GobMap = ReadonlyMap<GobValue, GobValue>

/** Field names begin with an upper-case letter (the decoder sees to it), so no name can meet `Object.prototype`. */
export interface GobStruct {
  readonly [field: string]: GobValue | undefined
}

export class GobComplex {
  readonly real: number
  readonly imaginary: number

  constructor(real: number, imaginary: number) {
    this.real = real
    this.imaginary = imaginary
  }
}

/** What an interface held: the name its type is registered under in the sender, and the value. */
export class GobInterface {
  readonly typeName: string
  readonly value: GobValue

  constructor(typeName: string, value: GobValue) {
    this.typeName = typeName
    this.value = value
  }
}

/** The bytes that a type's own encoder wrote. A view of the message, taken only when somebody asks: times abound. */
export class GobBlob {
  readonly #message: Buffer
  readonly #start: number
  readonly #end: number

  constructor(message: Buffer, start: number, end: number) {
    this.#message = message
    this.#start = start
    this.#end = end
  }

  get bytes(): Buffer {
    return this.#message.subarray(this.#start, this.#end)
  }
}

/** Narrows to a struct. Every other object among the values is of a class of its own. */
export function isGobStruct(value: GobValue | undefined): value is GobStruct {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype
}
