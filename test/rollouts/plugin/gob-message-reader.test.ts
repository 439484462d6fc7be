import { Buffer } from 'node:buffer'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { GobMessageReader } from '../../../rollouts/plugin/gob-message-reader.ts'
import { chunksOf, hex } from './support/bytes.ts'

function start(options: { maxMessageBytes?: number; room?: boolean } = {}) {
  const granted: (() => void)[] = []
  const state = { consumedBytes: 0, room: options.room ?? true, reserved: [] as number[] }
  const reader = new GobMessageReader({
    maxMessageBytes: options.maxMessageBytes ?? 1000,
    reserve: (size, grant) => {
      state.reserved.push(size)
      if (!state.room) granted.push(grant)
      return state.room
    },
    consumed: (size) => {
      state.consumedBytes += size
    },
  })
  return { reader, granted, state }
}

function readAll(reader: GobMessageReader): string[] {
  const messages: string[] = []
  for (let message = reader.next(); message !== undefined; message = reader.next()) messages.push(hex(message))
  return messages
}

/** 1, 3 and 300 bytes; the last length takes two bytes behind its own count. */
const STREAM = Buffer.concat([
  Buffer.from([1, 0xaa]),
  Buffer.from([3, 1, 2, 3]),
  Buffer.from([0xfe, 0x01, 0x2c]),
  Buffer.alloc(300, 7),
])
const MESSAGES = ['aa', '010203', '07'.repeat(300)]

const reading = suite('GobMessageReader')

reading('cuts messages out of one chunk', () => {
  const { reader, state } = start()
  reader.push(STREAM)
  assert.equal(readAll(reader), MESSAGES)
  assert.is(state.consumedBytes, STREAM.length)
  assert.ok(reader.idle)
})

reading('cuts the same messages at every split point', () => {
  for (let at = 0; at <= STREAM.length; at += 1) {
    const { reader } = start()
    reader.push(STREAM.subarray(0, at))
    const before = readAll(reader)
    reader.push(STREAM.subarray(at))
    assert.equal([...before, ...readAll(reader)], MESSAGES, `split at ${at}`)
  }
})

reading('cuts the same messages out of single bytes that pile up', () => {
  const { reader, state } = start()
  for (const chunk of chunksOf(STREAM, 1)) reader.push(chunk)
  assert.equal(readAll(reader), MESSAGES)
  assert.is(state.consumedBytes, STREAM.length)
})

reading('hands on a message that lies in one piece as a view of it', () => {
  const { reader } = start()
  reader.push(STREAM)
  assert.is(reader.next()!.buffer, STREAM.buffer)
})

reading('is not idle in the middle of a message', () => {
  for (const size of [1, 3, 7, 8, 20]) {
    const { reader } = start()
    reader.push(STREAM.subarray(0, size))
    readAll(reader)
    assert.not.ok(reader.idle, `first ${size} bytes`)
  }
})

reading('takes nothing of a message that has no room yet', () => {
  const { reader, granted, state } = start({ room: false })
  reader.push(STREAM)
  assert.is(reader.next(), undefined)
  assert.is(reader.next(), undefined)
  assert.equal(state.reserved, [1], 'asked once')
  assert.is(state.consumedBytes, 1, 'the length alone')
  state.room = true
  granted[0]!()
  assert.equal(readAll(reader), MESSAGES)
})

reading('gives bytes of an unfinished message back as they come', () => {
  const { reader, state } = start()
  reader.push(STREAM.subarray(6, 109))
  assert.is(reader.next(), undefined)
  assert.is(state.consumedBytes, 103)
})

for (const [name, prefix, message] of [
  ['0', [0], /length must be 1 to 1000, received 0$/],
  ['a byte above the limit', [0xfe, 0x03, 0xe9], /length must be 1 to 1000, received 1001$/],
  [
    '2^64 - 1',
    [0xf8, 255, 255, 255, 255, 255, 255, 255, 255],
    /length must be 1 to 1000, received 18446744073709552000$/,
  ],
  ['nine bytes', [0xf7], /length has 9 bytes$/],
] as const) {
  reading(`refuses a length of ${name}`, () => {
    const { reader, state } = start()
    reader.push(Buffer.from(prefix))
    assert.throws(() => reader.next(), message)
    assert.equal(state.reserved, [])
  })
}

reading('takes a message of exactly the limit', () => {
  const { reader } = start()
  reader.push(Buffer.concat([Buffer.from([0xfe, 0x03, 0xe8]), Buffer.alloc(1000)]))
  assert.is(reader.next()!.length, 1000)
})

reading.run()
