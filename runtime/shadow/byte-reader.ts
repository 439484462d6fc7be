import { isUtf8 } from 'node:buffer'
import { InputError } from '#faults'

/** Reads bytes from front to back; the one place that knows where they end. */
export class ByteReader {
  readonly #bytes: Buffer
  readonly #subject: string
  #offset = 0

  /** @param subject what is read, as a noun phrase; it starts every error message */
  constructor(bytes: Buffer, subject: string) {
    this.#bytes = bytes
    this.#subject = subject
  }

  get bytesLeft(): number {
    return this.#bytes.length - this.#offset
  }

  /**
   * The next bytes, shared with the input.
   *
   * @param what what they hold, for the error message
   */
  take(length: number, what: string): Buffer {
    if (length > this.bytesLeft) this.refuse(what, `expected ${length} more bytes, received ${this.bytesLeft}`)
    const start = this.#offset
    this.#offset += length
    return this.#bytes.subarray(start, this.#offset)
  }

  uint8(what: string): number {
    return this.take(1, what).readUInt8()
  }

  uint16(what: string): number {
    return this.take(2, what).readUInt16LE()
  }

  uint32(what: string): number {
    return this.take(4, what).readUInt32LE()
  }

  text(length: number, what: string): string {
    const bytes = this.take(length, what)
    if (!isUtf8(bytes)) this.refuse(what, 'expected UTF-8, received other bytes')
    return bytes.toString()
  }

  refuse(what: string, text: string): never {
    throw new InputError(this.#subject, [{ path: `${what} at byte ${this.#offset}`, text }])
  }
}
