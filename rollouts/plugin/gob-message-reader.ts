import { Buffer } from 'node:buffer'
import { ProtocolError } from './protocol-error.ts'

export interface GobMessageReaderOptions {
  readonly maxMessageBytes: number
  /**
   * Asks for room for a message before any of its bytes are kept. False means not yet: `granted` is called when there
   * is, and `next` is worth a try again.
   */
  readonly reserve: (messageBytes: number, granted: () => void) => boolean
  /** Bytes left the queue: the sender may send as many more. */
  readonly consumed: (bytes: number) => void
}

type State =
  | { readonly kind: 'prefix'; readonly bytes: number[] }
  | { readonly kind: 'waiting'; readonly length: number }
  | { readonly kind: 'body'; readonly length: number; target: Buffer | undefined; filledBytes: number }

/** Pieces in the queue before they are joined, so that a sender of single bytes costs no more than their number. */
const MAX_PIECES = 256

/**
 * Cuts a byte stream into gob messages: an unsigned length, then as many bytes. A message that lies in one piece is
 * handed on as a view of it; any other is copied once, into memory of its exact size that was reserved before.
 */
export class GobMessageReader {
  readonly #options: GobMessageReaderOptions
  #pieces: Buffer[] = []
  #state: State = { kind: 'prefix', bytes: [] }

  constructor(options: GobMessageReaderOptions) {
    this.#options = options
  }

  /** True at a boundary between messages. */
  get idle(): boolean {
    return this.#pieces.length === 0 && this.#state.kind === 'prefix' && this.#state.bytes.length === 0
  }

  push(piece: Buffer): void {
    if (piece.length === 0) return
    if (this.#pieces.length >= MAX_PIECES) this.#pieces = [Buffer.concat(this.#pieces)]
    this.#pieces.push(piece)
  }

  /**
   * @returns the next whole message; undefined when it is not all there, or has no room yet
   * @throws ProtocolError on a length that is above the limit
   */
  next(): Buffer | undefined {
    for (;;) {
      switch (this.#state.kind) {
        case 'prefix': {
          const length = this.#readPrefix(this.#state.bytes)
          if (length === undefined) return undefined
          this.#state = { kind: 'waiting', length }
          if (!this.#options.reserve(length, this.#startBody.bind(this, length))) return undefined
          this.#startBody(length)
          break
        }
        case 'waiting':
          return undefined
        case 'body':
          return this.#readBody(this.#state)
      }
    }
  }

  #startBody(length: number): void {
    this.#state = { kind: 'body', length, target: undefined, filledBytes: 0 }
  }

  #readPrefix(bytes: number[]): number | undefined {
    for (let head = this.#pieces[0]; head !== undefined; head = this.#pieces[0]) {
      bytes.push(head[0]!)
      this.#drop(1)
      const first = bytes[0]!
      const size = first < 0x80 ? 0 : 0x100 - first
      if (size > 8) throw new ProtocolError('gob', `Cannot read gob message: length has ${size} bytes`)
      if (bytes.length === size + 1) return this.#checkLength(size === 0 ? bytes : bytes.slice(1))
    }
    return undefined
  }

  #checkLength(bytes: readonly number[]): number {
    // Exact up to 2^53; a longer one is far above any limit, and its size is only shown.
    const length = bytes.reduce((sum, byte) => sum * 0x100 + byte, 0)
    const { maxMessageBytes } = this.#options
    if (length >= 1 && length <= maxMessageBytes) return length
    throw new ProtocolError(
      'gob',
      `Cannot read gob message: length must be 1 to ${maxMessageBytes}, received ${length}`,
    )
  }

  #readBody(state: State & { readonly kind: 'body' }): Buffer | undefined {
    for (let head = this.#pieces[0]; head !== undefined; head = this.#pieces[0]) {
      const size = Math.min(head.length, state.length - state.filledBytes)
      const whole = size === state.length
      if (!whole) {
        state.target ??= Buffer.allocUnsafe(state.length)
        head.copy(state.target, state.filledBytes, 0, size)
      }
      state.filledBytes += size
      this.#drop(size)
      if (state.filledBytes === state.length) {
        this.#state = { kind: 'prefix', bytes: [] }
        return whole ? head.subarray(0, size) : state.target
      }
    }
    return undefined
  }

  #drop(bytes: number): void {
    const head = this.#pieces[0]!
    if (bytes === head.length) this.#pieces.shift()
    else this.#pieces[0] = head.subarray(bytes)
    this.#options.consumed(bytes)
  }
}
