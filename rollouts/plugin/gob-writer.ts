import { Buffer } from 'node:buffer'

const UINT64_LIMIT = 1n << 64n
const INT64_LIMIT = 1n << 63n

/** Writes the primitives of gob into memory that grows by doubling. */
export class GobWriter {
  #bytes: Buffer
  #length = 0

  constructor(initialBytes = 512) {
    this.#bytes = Buffer.allocUnsafe(initialBytes)
  }

  get length(): number {
    return this.#length
  }

  clear(): void {
    this.#length = 0
  }

  /** What was written, as a view that the next write may change. */
  view(): Buffer {
    return this.#bytes.subarray(0, this.#length)
  }

  /** What was written, as memory of its own. */
  copy(): Buffer {
    return Buffer.from(this.view())
  }

  /** 0 to 2^64 - 1: one byte below 128, otherwise the negated number of bytes and then the bytes. */
  uint(value: number | bigint): void {
    if (typeof value === 'number' && value >= 0 && value < 0x80 && Number.isInteger(value)) {
      this.#grow(1)
      this.#bytes[this.#length] = value
      this.#length += 1
      return
    }
    this.#wideUint(BigInt(value))
  }

  /** -2^63 to 2^63 - 1. */
  int(value: number | bigint): void {
    if (typeof value === 'number' && value >= 0 && value < 0x40) {
      this.uint(value * 2)
      return
    }
    const wide = BigInt(value)
    if (wide >= INT64_LIMIT || wide < -INT64_LIMIT) throw outOfRange('int64', wide)
    this.uint(wide < 0n ? (-wide - 1n) * 2n + 1n : wide * 2n)
  }

  float(value: number): void {
    const bits = Buffer.alloc(8)
    bits.writeDoubleLE(value)
    this.uint(bits.readBigUInt64BE())
  }

  string(text: string): void {
    const size = Buffer.byteLength(text)
    this.uint(size)
    this.#grow(size)
    this.#length += this.#bytes.write(text, this.#length, 'utf8')
  }

  /** A length, then the bytes. */
  bytes(bytes: Uint8Array): void {
    this.uint(bytes.length)
    this.raw(bytes)
  }

  raw(bytes: Uint8Array): void {
    this.#grow(bytes.length)
    this.#bytes.set(bytes, this.#length)
    this.#length += bytes.length
  }

  #wideUint(value: bigint): void {
    if (value < 0n || value >= UINT64_LIMIT) throw outOfRange('uint64', value)
    if (value < 0x80n) {
      this.uint(Number(value))
      return
    }
    let digits = value.toString(16)
    if (digits.length % 2 === 1) digits = `0${digits}`
    const bytes = Buffer.from(digits, 'hex')
    this.raw(Uint8Array.of(0x100 - bytes.length))
    this.raw(bytes)
  }

  #grow(bytes: number): void {
    const needed = this.#length + bytes
    if (needed <= this.#bytes.length) return
    const grown = Buffer.allocUnsafe(Math.max(needed, this.#bytes.length * 2))
    this.#bytes.copy(grown, 0, 0, this.#length)
    this.#bytes = grown
  }
}

function outOfRange(type: string, value: bigint): RangeError {
  return new RangeError(`Cannot encode integer: expected a value of ${type}, received ${value}`)
}
