import { Buffer, isUtf8 } from 'node:buffer'
import { ProtocolError } from './protocol-error.ts'
import { LONGEST_CACHED_BYTES } from './text-cache.ts'
import type { TextCache } from './text-cache.ts'

const REPLACEMENT = '\ufffd'

/**
 * Reads the primitives of gob (https://pkg.go.dev/encoding/gob#hdr-Encoding_Details) from one message. There is one
 * place that can run out of bytes, and it says where.
 */
export class GobReader {
  readonly #texts: TextCache
  #bytes: Buffer
  #offset = 0

  /** @param texts those that came before on the same stream */
  constructor(bytes: Buffer, texts: TextCache) {
    this.#bytes = bytes
    this.#texts = texts
  }

  get offset(): number {
    return this.#offset
  }

  get leftBytes(): number {
    return this.#bytes.length - this.#offset
  }

  get message(): Buffer {
    return this.#bytes
  }

  /** Goes on in another message. */
  moveTo(bytes: Buffer): void {
    this.#bytes = bytes
    this.#offset = 0
  }

  /** Passes over `count` bytes and returns where they began. */
  take(count: number): number {
    const start = this.#offset
    if (count > this.#bytes.length - start) {
      throw this.fault(`needed ${count} bytes, received ${this.#bytes.length - start}`)
    }
    this.#offset = start + count
    return start
  }

  /** An unsigned integer below 2^53: lengths, counts, field numbers. */
  uint(): number {
    const offset = this.#offset
    const first = this.#bytes[offset]
    if (first !== undefined && first < 0x80) {
      this.#offset = offset + 1
      return first
    }
    const value = this.uintValue()
    if (typeof value === 'bigint') throw this.fault(`expected an integer below 2^53, received ${value}`)
    return value
  }

  /** An unsigned integer of up to 64 bits; a bigint from 2^53 on. */
  uintValue(): number | bigint {
    const first = this.#bytes[this.take(1)]!
    if (first < 0x80) return first
    const size = 0x100 - first
    if (size > 8) throw this.fault(`expected an integer of at most 8 bytes, received ${size}`)
    const start = this.take(size)
    if (size <= 6) return this.#bytes.readUIntBE(start, size)
    let value = 0n
    for (let at = start; at < start + size; at += 1) value = (value << 8n) | BigInt(this.#bytes[at]!)
    return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value
  }

  /** A signed integer below 2^53 in size: type ids. */
  int(): number {
    const value = this.intValue()
    if (typeof value === 'bigint') throw this.fault(`expected an integer below 2^53, received ${value}`)
    return value
  }

  /** A signed integer of up to 64 bits: bit 0 of the unsigned one tells whether to complement the rest. */
  intValue(): number | bigint {
    const bits = this.uintValue()
    if (typeof bits === 'number') {
      if (bits < 0x8000_0000) return (bits & 1) === 1 ? ~(bits >>> 1) : bits >>> 1
      return bits % 2 === 1 ? -(bits - 1) / 2 - 1 : bits / 2
    }
    const value = (bits & 1n) === 1n ? -(bits >> 1n) - 1n : bits >> 1n
    const safe = value <= BigInt(Number.MAX_SAFE_INTEGER) && value >= BigInt(Number.MIN_SAFE_INTEGER)
    return safe ? Number(value) : value
  }

  /** A float64, sent as its bits in reversed byte order, as an unsigned integer. */
  float(): number {
    const first = this.#bytes[this.take(1)]!
    const size = first < 0x80 ? 1 : 0x100 - first
    if (size > 8) throw this.fault(`expected a float of at most 8 bytes, received ${size}`)
    const start = first < 0x80 ? this.#offset - 1 : this.take(size)
    floatBytes.fill(0)
    for (let index = 0; index < size; index += 1) floatBytes[size - 1 - index] = this.#bytes[start + index]!
    return floatBytes.readDoubleBE(0)
  }

  /** The text of `count` bytes, or a copy of the bytes where they are not UTF-8. */
  text(count: number): string | Uint8Array {
    const start = this.take(count)
    const end = start + count
    if (count > LONGEST_CACHED_BYTES) return this.#decodeText(start, end)
    const known = this.#texts.find(this.#bytes, start, end)
    if (known !== undefined) return known
    const text = this.#decodeText(start, end)
    if (typeof text === 'string') this.#texts.keep(text)
    return text
  }

  /** A copy, so that a few bytes kept by somebody do not keep a whole message alive. */
  bytes(count: number): Buffer {
    const start = this.take(count)
    return this.#copy(start, start + count)
  }

  fault(what: string): ProtocolError {
    return new ProtocolError('gob', `Cannot decode gob message: ${what} at offset ${this.#offset}`)
  }

  #decodeText(start: number, end: number): string | Uint8Array {
    const text = this.#bytes.toString('utf8', start, end)
    if (text.includes(REPLACEMENT) && !isUtf8(this.#bytes.subarray(start, end))) return this.#copy(start, end)
    return text
  }

  #copy(start: number, end: number): Buffer {
    return Buffer.from(this.#bytes.subarray(start, end))
  }
}

const floatBytes = Buffer.alloc(8)
