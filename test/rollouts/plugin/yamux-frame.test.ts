import { Buffer } from 'node:buffer'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  encodeFrameHeader,
  Flag,
  FRAME_HEADER_BYTES,
  FrameReader,
  FrameType,
  GoAwayReason,
} from '../../../rollouts/plugin/yamux-frame.ts'
import { INITIAL_WINDOW_BYTES, PROTOCOL_VERSION } from '../../../rollouts/plugin/yamux-frame.ts'
import { bytes, chunksOf, hex } from './support/bytes.ts'

const constants = suite('yamux constants')

constants('are those of the specification', () => {
  assert.equal([PROTOCOL_VERSION, FRAME_HEADER_BYTES, INITIAL_WINDOW_BYTES], [0, 12, 262_144])
  assert.equal(FrameType, { data: 0, windowUpdate: 1, ping: 2, goAway: 3 })
  assert.equal(Flag, { syn: 1, ack: 2, fin: 4, rst: 8 })
  assert.equal(GoAwayReason, { normal: 0, protocolError: 1, internalError: 2 })
})

constants.run()

const encode = suite('encodeFrameHeader()')

encode('writes version, type, flags, stream and length in big-endian order', () => {
  const header = encodeFrameHeader({ type: 1, flags: 0x0203, streamId: 0x04050607, length: 0x08090a0b })
  assert.is(hex(header), '000102030405060708090a0b')
})

encode('writes the greatest values', () => {
  const header = encodeFrameHeader({ type: 3, flags: 0xffff, streamId: 0xffff_ffff, length: 0xffff_ffff })
  assert.is(hex(header), '0003ffffffffffffffffffff')
})

encode.run()

const STREAM = bytes(`
  00 01 0001 00000001 00000000  # opens stream 1
  00 00 0000 00000001 00000003  # three bytes for it
  61 62 63
  00 02 0001 00000000 0000002a  # ping 42
  00 00 0004 00000001 00000000  # no bytes, end of stream 1
  00 03 0000 00000000 00000000  # go away
`)

function read(chunks: readonly Buffer[]): { events: string[]; idle: boolean } {
  const events: string[] = []
  let payload = ''
  const reader = new FrameReader({
    header: ({ type, flags, streamId, length }) => {
      if (payload !== '') events.push(payload)
      payload = ''
      events.push(`${type} ${flags} ${streamId} ${length}`)
    },
    payload: (streamId, piece) => {
      payload = `${payload || `${streamId}: `}${piece.toString()}`
    },
  })
  for (const chunk of chunks) reader.push(chunk)
  if (payload !== '') events.push(payload)
  return { events, idle: reader.idle }
}

const EVENTS = ['1 1 1 0', '0 0 1 3', '1: abc', '2 1 0 42', '0 4 1 0', '3 0 0 0']

const reader = suite('FrameReader')

reader('reads frames from one chunk', () => {
  assert.equal(read([STREAM]), { events: EVENTS, idle: true })
})

reader('reads the same frames at every split point', () => {
  for (let at = 0; at <= STREAM.length; at += 1) {
    assert.equal(read([STREAM.subarray(0, at), STREAM.subarray(at)]), { events: EVENTS, idle: true }, `split at ${at}`)
  }
})

for (const size of [1, 2, 5, 11, 12, 13]) {
  reader(`reads the same frames in chunks of ${size}`, () => {
    assert.equal(read(chunksOf(STREAM, size)), { events: EVENTS, idle: true })
  })
}

reader('knows every truncation that is not between frames', () => {
  const boundaries = [0, 12, 27, 39, 51, 63]
  for (let size = 0; size <= STREAM.length; size += 1) {
    assert.is(read([STREAM.subarray(0, size)]).idle, boundaries.includes(size), `first ${size} bytes`)
  }
})

reader('hands on a payload without collecting it', () => {
  const pieces: Buffer[] = []
  const log = new FrameReader({ header: () => undefined, payload: (_streamId, piece) => pieces.push(piece) })
  const chunk = Buffer.concat([bytes('00 00 0000 00000001 00100000'), Buffer.alloc(100)])
  log.push(chunk)
  assert.is(pieces.length, 1)
  assert.is(pieces[0]!.buffer, chunk.buffer)
})

reader('refuses another version', () => {
  assert.throws(
    () => read([bytes('01 00 0000 00000000 00000000')]),
    /^Cannot read yamux frame: version must be 0, received 1$/,
  )
})

reader('refuses a type above go away', () => {
  assert.throws(() => read([bytes('00 04 0000 00000000 00000000')]), /type must be 0 to 3, received 4$/)
})

reader.run()
