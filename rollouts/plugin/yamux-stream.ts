import type { Buffer } from 'node:buffer'
import { ProtocolError } from './protocol-error.ts'
import { Flag, FrameType, INITIAL_WINDOW_BYTES } from './yamux-frame.ts'

/** Whoever reads a stream. */
export interface StreamConsumer {
  /** A piece arrived. Its bytes count against the window until they are given back with `refund`. */
  data(piece: Buffer): void
  /** The peer half closed: no more data. Replies can still be written. */
  end(): void
  /** The peer reset the stream, or the session ended. Nothing can be written any more. */
  reset(): void
}

/** What a stream needs of its session. */
export interface FrameWriter {
  sendFrame(type: number, flags: number, streamId: number, length: number, payload?: Buffer): void
  forget(streamId: number): void
}

const MAX_WINDOW_BYTES = 0xffff_ffff

/**
 * One stream of a session. What the consumer does not refund fills the window, and then the peer has to wait: that is
 * the back-pressure. What the peer's window does not allow yet is queued here, up to `maxQueuedBytes`.
 */
export class YamuxStream {
  readonly id: number
  readonly #frames: FrameWriter
  readonly #maxQueuedBytes: number
  #consumer: StreamConsumer | undefined
  #receiveWindowBytes = INITIAL_WINDOW_BYTES
  #sendWindowBytes = INITIAL_WINDOW_BYTES
  #refundableBytes = 0
  #payloadLeftBytes = 0
  #queue: Buffer[] = []
  #queuedBytes = 0
  #localEnd: 'open' | 'ending' | 'ended' = 'open'
  #remoteEnd: 'open' | 'ending' | 'ended' = 'open'
  #isReset = false

  constructor(id: number, frames: FrameWriter, maxQueuedBytes: number) {
    this.id = id
    this.#frames = frames
    this.#maxQueuedBytes = maxQueuedBytes
  }

  /** Names the consumer; a later one takes over from an earlier one. */
  attach(consumer: StreamConsumer): void {
    this.#consumer = consumer
  }

  get writable(): boolean {
    return !this.#isReset && this.#localEnd === 'open'
  }

  /**
   * Sends bytes in order, now or when the peer's window allows. Bytes for a stream that is gone are dropped: there is
   * nobody left to read them.
   *
   * @throws ProtocolError when the peer lets more than `maxQueuedBytes` pile up
   */
  write(bytes: Buffer): void {
    if (!this.writable) return
    this.#queue.push(bytes)
    this.#queuedBytes += bytes.length
    this.#flush()
    if (this.#queuedBytes > this.#maxQueuedBytes) {
      throw new ProtocolError(
        'yamux',
        `Cannot write to yamux stream ${this.id}: ${this.#queuedBytes} bytes wait for the peer, the limit is ${this.#maxQueuedBytes}`,
      )
    }
  }

  /** Half closes after everything queued is sent. */
  end(): void {
    if (!this.writable) return
    this.#localEnd = 'ending'
    this.#flush()
  }

  /** Ends both directions at once and tells the peer. */
  reset(): void {
    if (this.#isReset) return
    this.#frames.sendFrame(FrameType.windowUpdate, Flag.rst, this.id, 0)
    this.abandon()
  }

  /** Gives consumed bytes back to the peer's window, in updates of at least half a window. */
  refund(bytes: number): void {
    this.#refundableBytes += bytes
    if (this.#isReset || this.#remoteEnd === 'ended' || this.#refundableBytes < INITIAL_WINDOW_BYTES / 2) return
    const delta = this.#refundableBytes
    this.#refundableBytes = 0
    this.#receiveWindowBytes += delta
    this.#frames.sendFrame(FrameType.windowUpdate, 0, this.id, delta)
  }

  /** The session saw a header for this stream; called before any of its payload. */
  receiveHeader(type: number, flags: number, length: number): void {
    if ((flags & Flag.rst) !== 0) {
      this.abandon()
      return
    }
    if (type === FrameType.windowUpdate) this.#growSendWindow(length)
    else this.#expectPayload(length)
    if ((flags & Flag.fin) !== 0) {
      if (this.#remoteEnd !== 'open') throw this.#broken('a second FIN')
      this.#remoteEnd = 'ending'
    }
    this.#endIfComplete()
  }

  receivePayload(piece: Buffer): void {
    this.#payloadLeftBytes -= piece.length
    this.#consumer?.data(piece)
    this.#endIfComplete()
  }

  /** The stream is over without a word to the peer. */
  abandon(): void {
    if (this.#isReset) return
    this.#isReset = true
    this.#queue = []
    this.#queuedBytes = 0
    this.#frames.forget(this.id)
    this.#consumer?.reset()
  }

  #growSendWindow(length: number): void {
    this.#sendWindowBytes += length
    if (this.#sendWindowBytes > MAX_WINDOW_BYTES) throw this.#broken(`a window of ${this.#sendWindowBytes} bytes`)
    this.#flush()
  }

  #expectPayload(length: number): void {
    if (length > this.#receiveWindowBytes) {
      throw this.#broken(`${length} bytes into a window of ${this.#receiveWindowBytes}`)
    }
    if (this.#remoteEnd !== 'open' && length > 0) throw this.#broken('data after FIN')
    this.#receiveWindowBytes -= length
    this.#payloadLeftBytes = length
  }

  #endIfComplete(): void {
    if (this.#remoteEnd !== 'ending' || this.#payloadLeftBytes > 0) return
    this.#remoteEnd = 'ended'
    this.#consumer?.end()
    this.#forgetIfOver()
  }

  #flush(): void {
    while (this.#queue.length > 0 && this.#sendWindowBytes > 0) {
      const head = this.#queue[0]!
      const size = Math.min(head.length, this.#sendWindowBytes)
      const whole = size === head.length
      const piece = whole ? head : head.subarray(0, size)
      if (whole) this.#queue.shift()
      else this.#queue[0] = head.subarray(size)
      this.#queuedBytes -= size
      this.#sendWindowBytes -= size
      if (size > 0) this.#frames.sendFrame(FrameType.data, 0, this.id, size, piece)
    }
    if (this.#localEnd === 'ending' && this.#queue.length === 0) {
      this.#localEnd = 'ended'
      this.#frames.sendFrame(FrameType.windowUpdate, Flag.fin, this.id, 0)
      this.#forgetIfOver()
    }
  }

  #forgetIfOver(): void {
    if (this.#localEnd === 'ended' && this.#remoteEnd === 'ended') this.#frames.forget(this.id)
  }

  #broken(what: string): ProtocolError {
    return new ProtocolError('yamux', `Cannot go on with yamux stream ${this.id}: received ${what}`)
  }
}
