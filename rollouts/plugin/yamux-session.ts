import { Buffer } from 'node:buffer'
import { ProtocolError } from './protocol-error.ts'
import { encodeFrameHeader, Flag, FRAME_HEADER_BYTES, FrameReader, FrameType, GoAwayReason } from './yamux-frame.ts'
import type { FrameHeader } from './yamux-frame.ts'
import { YamuxStream } from './yamux-stream.ts'

export interface YamuxLimits {
  /** Streams open at the same time; one more is reset. */
  readonly maxStreams: number
  /** Bytes of one stream that may wait for the peer's window. */
  readonly maxQueuedBytes: number
}

export const DEFAULT_YAMUX_LIMITS: YamuxLimits = { maxStreams: 256, maxQueuedBytes: 64 * 1024 * 1024 }

export interface YamuxSessionOptions {
  /** Sends bytes to the peer, in order. */
  readonly write: (bytes: Buffer) => void
  /** The peer opened a stream. It must attach a consumer before it returns. */
  readonly accept: (stream: YamuxStream) => void
  readonly limits?: YamuxLimits
}

/** A payload up to this size is copied behind its header: one small write is cheaper than two. */
const MAX_JOINED_BYTES = 16 * 1024

/**
 * The accepting side of a yamux session: it answers streams and pings, and opens none itself. Every stream is
 * acknowledged at once, because the client of hashicorp/yamux closes the whole session when one stays open without an
 * acknowledgement for 75 s, even if nothing is ever sent on it.
 */
export class YamuxSession {
  readonly #options: YamuxSessionOptions
  readonly #limits: YamuxLimits
  readonly #reader: FrameReader
  readonly #streams = new Map<number, YamuxStream>()
  #state: 'open' | 'goingAway' | 'ended' = 'open'

  constructor(options: YamuxSessionOptions) {
    this.#options = options
    this.#limits = options.limits ?? DEFAULT_YAMUX_LIMITS
    this.#reader = new FrameReader({
      header: (header) => {
        this.#receiveHeader(header)
      },
      payload: (streamId, piece) => {
        this.#streams.get(streamId)?.receivePayload(piece)
      },
    })
  }

  get streamCount(): number {
    return this.#streams.size
  }

  /**
   * Takes bytes from the peer, in chunks of any size.
   *
   * @throws ProtocolError when the peer broke the protocol; it was told so, and the session is over
   */
  receive(chunk: Buffer): void {
    if (this.#state === 'ended') return
    try {
      this.#reader.push(chunk)
    } catch (error) {
      if (error instanceof ProtocolError && error.code === 'yamux') this.#sendGoAway(GoAwayReason.protocolError)
      this.end()
      throw error
    }
  }

  /** Asks for no more streams; those that are open go on. */
  goAway(): void {
    if (this.#state !== 'open') return
    this.#sendGoAway(GoAwayReason.normal)
    this.#state = 'goingAway'
  }

  /** The connection is gone: every stream is over. */
  end(): void {
    if (this.#state === 'ended') return
    this.#state = 'ended'
    for (const stream of [...this.#streams.values()]) stream.abandon()
  }

  #sendGoAway(reason: number): void {
    this.#sendFrame(FrameType.goAway, 0, 0, reason)
  }

  #receiveHeader(header: FrameHeader): void {
    switch (header.type) {
      case FrameType.ping:
        if ((header.flags & Flag.syn) !== 0) this.#sendFrame(FrameType.ping, Flag.ack, 0, header.length)
        return
      case FrameType.goAway:
        if (header.length === GoAwayReason.normal) return
        throw new ProtocolError('yamux', `Cannot go on with yamux session: peer went away, reason ${header.length}`)
      default:
        this.#receiveStreamHeader(header)
    }
  }

  #receiveStreamHeader({ type, flags, streamId, length }: FrameHeader): void {
    if ((flags & Flag.syn) !== 0) this.#open(streamId)
    // A frame for a stream that is gone, or that was refused above, was on its way already: its payload is passed over.
    this.#streams.get(streamId)?.receiveHeader(type, flags, length)
  }

  #open(streamId: number): void {
    if (streamId % 2 === 0) {
      throw new ProtocolError('yamux', `Cannot open yamux stream: a client's id must be odd, received ${streamId}`)
    }
    if (this.#streams.has(streamId)) {
      throw new ProtocolError('yamux', `Cannot open yamux stream: ${streamId} is open already`)
    }
    if (this.#state !== 'open' || this.#streams.size >= this.#limits.maxStreams) {
      this.#sendFrame(FrameType.windowUpdate, Flag.rst, streamId, 0)
      return
    }
    const frames = {
      sendFrame: this.#sendFrame.bind(this),
      forget: (id: number) => {
        this.#streams.delete(id)
      },
    }
    const stream = new YamuxStream(streamId, frames, this.#limits.maxQueuedBytes)
    this.#streams.set(streamId, stream)
    this.#sendFrame(FrameType.windowUpdate, Flag.ack, streamId, 0)
    this.#options.accept(stream)
  }

  #sendFrame(type: number, flags: number, streamId: number, length: number, payload?: Buffer): void {
    if (this.#state === 'ended') return
    const joinedBytes = payload !== undefined && payload.length <= MAX_JOINED_BYTES ? payload.length : 0
    const frame = Buffer.allocUnsafe(FRAME_HEADER_BYTES + joinedBytes)
    encodeFrameHeader({ type, flags, streamId, length }, frame)
    if (joinedBytes > 0) payload?.copy(frame, FRAME_HEADER_BYTES)
    this.#options.write(frame)
    if (payload !== undefined && joinedBytes === 0) this.#options.write(payload)
  }
}
