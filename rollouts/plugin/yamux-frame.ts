import { Buffer } from 'node:buffer'
import { ProtocolError } from './protocol-error.ts'

/*
 * The frame of yamux, from https://github.com/hashicorp/yamux/blob/master/spec.md
 *
 *   +---------+------+--------+-----------+--------+
 *   | Version | Type | Flags  | Stream ID | Length |   all big-endian
 *   | 8 bits  | 8    | 16     | 32        | 32     |
 *   +---------+------+--------+-----------+--------+
 *
 * Length is the size of the payload (data), the growth of the window (window update), an opaque value (ping) or a
 * reason (go away). Only data frames have a payload.
 */
export const FRAME_HEADER_BYTES = 12
export const PROTOCOL_VERSION = 0

export const FrameType = { data: 0, windowUpdate: 1, ping: 2, goAway: 3 } as const
export const Flag = { syn: 1, ack: 2, fin: 4, rst: 8 } as const
export const GoAwayReason = { normal: 0, protocolError: 1, internalError: 2 } as const

/** The window each side of a stream starts with. */
export const INITIAL_WINDOW_BYTES = 256 * 1024

export interface FrameHeader {
  readonly type: number
  readonly flags: number
  readonly streamId: number
  readonly length: number
}

export function encodeFrameHeader(header: FrameHeader, target = Buffer.allocUnsafe(FRAME_HEADER_BYTES)): Buffer {
  target[0] = PROTOCOL_VERSION
  target[1] = header.type
  target.writeUInt16BE(header.flags, 2)
  target.writeUInt32BE(header.streamId, 4)
  target.writeUInt32BE(header.length, 8)
  return target
}

/** What a frame reader hands on. Pieces of a payload are views of the chunk that brought them. */
export interface FrameSink {
  /** A header is complete. Its payload, if it has one, follows piece by piece. */
  header(header: FrameHeader): void
  payload(streamId: number, piece: Buffer): void
}

/**
 * Reads frames from chunks of any size. It never collects a payload: a frame may be as long as the whole window, and
 * whoever wants it in one piece can do that with a limit of its own. At most one header is kept between chunks.
 */
export class FrameReader {
  readonly #sink: FrameSink
  readonly #header = Buffer.alloc(FRAME_HEADER_BYTES)
  #headerBytes = 0
  #payloadStreamId = 0
  #payloadLeftBytes = 0

  constructor(sink: FrameSink) {
    this.#sink = sink
  }

  /** True at a boundary between frames; at the end of the connection anything else is a truncation. */
  get idle(): boolean {
    return this.#headerBytes === 0 && this.#payloadLeftBytes === 0
  }

  /** @throws ProtocolError on a version or a type that the specification does not know */
  push(chunk: Buffer): void {
    let offset = 0
    while (offset < chunk.length) {
      if (this.#payloadLeftBytes > 0) {
        const end = Math.min(chunk.length, offset + this.#payloadLeftBytes)
        this.#payloadLeftBytes -= end - offset
        this.#sink.payload(this.#payloadStreamId, chunk.subarray(offset, end))
        offset = end
      } else if (this.#headerBytes === 0 && chunk.length - offset >= FRAME_HEADER_BYTES) {
        this.#take(chunk, offset)
        offset += FRAME_HEADER_BYTES
      } else {
        const copied = chunk.copy(this.#header, this.#headerBytes, offset, chunk.length)
        offset += copied
        this.#headerBytes += copied
        if (this.#headerBytes === FRAME_HEADER_BYTES) {
          this.#headerBytes = 0
          this.#take(this.#header, 0)
        }
      }
    }
  }

  #take(bytes: Buffer, offset: number): void {
    const version = bytes[offset]!
    if (version !== PROTOCOL_VERSION) {
      throw new ProtocolError('yamux', `Cannot read yamux frame: version must be 0, received ${version}`)
    }
    const header: FrameHeader = {
      type: bytes[offset + 1]!,
      flags: bytes.readUInt16BE(offset + 2),
      streamId: bytes.readUInt32BE(offset + 4),
      length: bytes.readUInt32BE(offset + 8),
    }
    if (header.type > FrameType.goAway) {
      throw new ProtocolError('yamux', `Cannot read yamux frame: type must be 0 to 3, received ${header.type}`)
    }
    if (header.type === FrameType.data) {
      this.#payloadStreamId = header.streamId
      this.#payloadLeftBytes = header.length
    }
    this.#sink.header(header)
  }
}
