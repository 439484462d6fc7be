import { Buffer } from 'node:buffer'
import { encodeFrameHeader, Flag, FrameReader, FrameType } from '../../../../rollouts/plugin/yamux-frame.ts'
import type { FrameHeader } from '../../../../rollouts/plugin/yamux-frame.ts'
import type { GobStruct, GobValue } from '../../../../rollouts/plugin/gob-value.ts'
import { GobEncoder } from '../../../../rollouts/plugin/gob-encoder.ts'
import type { EncodableValue, GobSchema } from '../../../../rollouts/plugin/gob-schema.ts'
import { Schema, structOf } from '../../../../rollouts/plugin/gob-schema.ts'
import { gobStream } from './gob-stream.ts'

const REQUEST = structOf('Request', { ServiceMethod: Schema.string, Seq: Schema.uint })

export function frame(type: number, flags: number, streamId: number, lengthOrPayload: number | Buffer): Buffer {
  const payload = typeof lengthOrPayload === 'number' ? Buffer.alloc(0) : lengthOrPayload
  const length = typeof lengthOrPayload === 'number' ? lengthOrPayload : payload.length
  return Buffer.concat([encodeFrameHeader({ type, flags, streamId, length }), payload])
}

/** A frame that opens a stream as hashicorp/yamux does. */
export function openStream(streamId: number): Buffer {
  return frame(FrameType.windowUpdate, Flag.syn, streamId, 0)
}

export function dataFrame(streamId: number, payload: Buffer, flags = 0): Buffer {
  return frame(FrameType.data, flags, streamId, payload)
}

/** Writes calls as a client of net/rpc does. */
export function callWriter(): (method: string, seq: number, schema: GobSchema, argument: EncodableValue) => Buffer {
  const encoder = new GobEncoder()
  return (ServiceMethod, Seq, schema, argument) =>
    encoder.encode([
      { schema: REQUEST, value: { ServiceMethod, Seq } },
      { schema, value: argument },
    ])
}

export interface Response {
  readonly method: string
  readonly seq: number
  readonly error: string
  readonly body: GobValue
}

export interface FrameLog {
  readonly headers: readonly FrameHeader[]
  receive(chunk: Buffer): void
  payloadOf(streamId: number): Buffer
  /** The answers on a stream, whose first `skipBytes` belong to the broker. */
  responsesOf(streamId: number, skipBytes?: number): readonly Response[]
}

/** Keeps what a server sent. */
export function frameLog(): FrameLog {
  const headers: FrameHeader[] = []
  const payloads = new Map<number, Buffer[]>()
  const reader = new FrameReader({
    header: (header) => headers.push(header),
    payload: (streamId, piece) => {
      payloads.set(streamId, [...(payloads.get(streamId) ?? []), Buffer.from(piece)])
    },
  })
  const payloadOf = (streamId: number): Buffer => Buffer.concat(payloads.get(streamId) ?? [])
  return {
    headers,
    payloadOf,
    receive: reader.push.bind(reader),
    responsesOf: (streamId, skipBytes = 0) => {
      const gob = gobStream()
      gob.push(payloadOf(streamId).subarray(skipBytes))
      const responses: Response[] = []
      for (let at = 0; at + 1 < gob.values.length; at += 2) {
        const { ServiceMethod, Seq, Error } = gob.values[at] as GobStruct
        responses.push({
          method: ServiceMethod as string,
          seq: (Seq ?? 0) as number,
          error: (Error ?? '') as string,
          body: gob.values[at + 1]!,
        })
      }
      return responses
    },
  }
}
