import { Buffer } from 'node:buffer'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Flag, FrameType, GoAwayReason, INITIAL_WINDOW_BYTES } from '../../../rollouts/plugin/yamux-frame.ts'
import { YamuxSession } from '../../../rollouts/plugin/yamux-session.ts'
import type { YamuxLimits } from '../../../rollouts/plugin/yamux-session.ts'
import type { YamuxStream } from '../../../rollouts/plugin/yamux-stream.ts'
import { bytes, hex } from './support/bytes.ts'
import { dataFrame, frame, frameLog, openStream } from './support/client.ts'

function start(limits: Partial<YamuxLimits> = {}) {
  const sent: Buffer[] = []
  const log = frameLog()
  const streams: YamuxStream[] = []
  const events: string[] = []
  const session = new YamuxSession({
    write: (chunk) => {
      sent.push(chunk)
      log.receive(chunk)
    },
    accept: (stream) => {
      streams.push(stream)
      stream.attach({
        data: (piece) => events.push(`data ${stream.id} ${piece.length}`),
        end: () => events.push(`end ${stream.id}`),
        reset: () => events.push(`reset ${stream.id}`),
      })
    },
    limits: { maxStreams: 4, maxQueuedBytes: 1_000_000, ...limits },
  })
  return { session, streams, events, log, sentHex: () => hex(Buffer.concat(sent)) }
}

const opening = suite('YamuxSession opening')

opening('acknowledges a stream at once', () => {
  const { session, streams, sentHex } = start()
  session.receive(openStream(1))
  assert.is(sentHex(), '000100020000000100000000')
  assert.is(streams[0]!.id, 1)
})

opening('takes a stream that is opened by its first data', () => {
  const { session, events } = start()
  session.receive(dataFrame(7, Buffer.from('abc'), Flag.syn))
  assert.equal(events, ['data 7 3'])
})

opening('resets a stream above the limit and passes over its data', () => {
  const { session, events, log } = start({ maxStreams: 1 })
  session.receive(
    Buffer.concat([openStream(1), openStream(3), dataFrame(3, Buffer.from('abc')), dataFrame(1, Buffer.from('d'))]),
  )
  assert.equal(log.headers.at(-1), { type: FrameType.windowUpdate, flags: Flag.rst, streamId: 3, length: 0 })
  assert.equal(events, ['data 1 1'])
})

opening('frees the place of a stream that both sides ended', () => {
  const { session, streams } = start({ maxStreams: 1 })
  session.receive(Buffer.concat([openStream(1), frame(FrameType.windowUpdate, Flag.fin, 1, 0)]))
  streams[0]!.end()
  assert.is(session.streamCount, 0)
  session.receive(openStream(3))
  assert.is(session.streamCount, 1)
})

opening('resets new streams after it asked the peer to go away', () => {
  const { session, log, events } = start()
  session.receive(openStream(1))
  session.goAway()
  session.receive(Buffer.concat([openStream(3), dataFrame(1, Buffer.from('x'))]))
  assert.equal(log.headers.slice(1), [
    { type: FrameType.goAway, flags: 0, streamId: 0, length: GoAwayReason.normal },
    { type: FrameType.windowUpdate, flags: Flag.rst, streamId: 3, length: 0 },
  ])
  assert.equal(events, ['data 1 1'])
})

opening.run()

const keepalive = suite('YamuxSession keepalive')

keepalive('answers a ping with the same value', () => {
  const { session, sentHex } = start()
  session.receive(bytes('00 02 0001 00000000 deadbeef'))
  assert.is(sentHex(), '0002000200000000deadbeef')
})

keepalive('does not answer an answer', () => {
  const { session, sentHex } = start()
  session.receive(bytes('00 02 0002 00000000 00000001'))
  assert.is(sentHex(), '')
})

keepalive.run()

const ending = suite('YamuxSession ending')

ending('tells the consumer of a FIN after the payload of its frame', () => {
  const { session, events } = start()
  const whole = Buffer.concat([openStream(1), dataFrame(1, Buffer.from('abcd'), Flag.fin)])
  session.receive(whole.subarray(0, whole.length - 2))
  assert.equal(events, ['data 1 2'])
  session.receive(whole.subarray(whole.length - 2))
  assert.equal(events, ['data 1 2', 'data 1 2', 'end 1'])
})

ending('can still write to a stream that the peer half closed', () => {
  const { session, streams, log } = start()
  session.receive(Buffer.concat([openStream(1), frame(FrameType.windowUpdate, Flag.fin, 1, 0)]))
  streams[0]!.write(Buffer.from('late'))
  assert.is(log.payloadOf(1).toString(), 'late')
})

ending('sends what is queued before its own FIN', () => {
  const { session, streams, log } = start()
  session.receive(openStream(1))
  streams[0]!.write(Buffer.alloc(INITIAL_WINDOW_BYTES + 1))
  streams[0]!.end()
  assert.is(log.headers.at(-1)!.flags, 0)
  session.receive(frame(FrameType.windowUpdate, 0, 1, 1))
  assert.is(log.payloadOf(1).length, INITIAL_WINDOW_BYTES + 1)
  assert.equal(log.headers.at(-1), { type: FrameType.windowUpdate, flags: Flag.fin, streamId: 1, length: 0 })
})

ending('forgets a stream that the peer reset, and what was queued for it', () => {
  const { session, streams, events, log } = start()
  session.receive(openStream(1))
  streams[0]!.write(Buffer.alloc(INITIAL_WINDOW_BYTES + 1))
  session.receive(frame(FrameType.windowUpdate, Flag.rst, 1, 0))
  assert.equal(events, ['reset 1'])
  assert.is(session.streamCount, 0)
  session.receive(frame(FrameType.windowUpdate, 0, 1, 1000))
  streams[0]!.write(Buffer.from('nobody'))
  assert.is(log.payloadOf(1).length, INITIAL_WINDOW_BYTES)
})

ending('passes over frames for a stream that is gone', () => {
  const { session, streams, events } = start()
  session.receive(openStream(1))
  streams[0]!.reset()
  session.receive(Buffer.concat([dataFrame(1, Buffer.from('late')), frame(FrameType.windowUpdate, 0, 1, 5)]))
  assert.equal(events, ['reset 1'])
})

ending('resets all streams when the connection is gone', () => {
  const { session, events, sentHex } = start()
  session.receive(Buffer.concat([openStream(1), openStream(3)]))
  const before = sentHex()
  session.end()
  assert.equal(events, ['reset 1', 'reset 3'])
  session.receive(openStream(5))
  assert.is(sentHex(), before)
})

ending.run()

const window = suite('YamuxSession window')

window('gives consumed bytes back when half a window is reached', () => {
  const { session, streams, log } = start()
  session.receive(openStream(1))
  const half = INITIAL_WINDOW_BYTES / 2
  session.receive(dataFrame(1, Buffer.alloc(half)))
  streams[0]!.refund(half - 1)
  assert.is(log.headers.length, 1)
  streams[0]!.refund(1)
  assert.equal(log.headers.at(-1), { type: FrameType.windowUpdate, flags: 0, streamId: 1, length: half })
})

window('takes exactly a window of bytes that nobody consumes, and not one more', () => {
  const { session, events } = start()
  session.receive(Buffer.concat([openStream(1), dataFrame(1, Buffer.alloc(INITIAL_WINDOW_BYTES))]))
  assert.equal(events, [`data 1 ${INITIAL_WINDOW_BYTES}`])
  assert.throws(() => {
    session.receive(dataFrame(1, Buffer.alloc(1)))
  }, /^Cannot go on with yamux stream 1: received 1 bytes into a window of 0$/)
})

window('refuses a frame above the window before its payload arrives', () => {
  const { session, events } = start()
  session.receive(openStream(1))
  assert.throws(() => {
    session.receive(frame(FrameType.data, 0, 1, INITIAL_WINDOW_BYTES + 1))
  }, /received 262145 bytes into a window of 262144$/)
  assert.equal(events, ['reset 1'])
})

window('sends no more than the window of the peer, and goes on when it grows', () => {
  const { session, streams, log } = start()
  session.receive(openStream(1))
  const reply = Buffer.from(Array.from({ length: 600_000 }, (_value, index) => index % 251))
  streams[0]!.write(reply)
  assert.is(log.payloadOf(1).length, INITIAL_WINDOW_BYTES)
  session.receive(frame(FrameType.windowUpdate, 0, 1, 10))
  assert.is(log.payloadOf(1).length, INITIAL_WINDOW_BYTES + 10)
  session.receive(frame(FrameType.windowUpdate, 0, 1, 600_000))
  assert.is(hex(log.payloadOf(1)), hex(reply))
})

window('keeps the order of several writes', () => {
  const { session, streams, log } = start()
  session.receive(openStream(1))
  streams[0]!.write(Buffer.alloc(INITIAL_WINDOW_BYTES))
  for (const text of ['one ', 'two ', 'three']) streams[0]!.write(Buffer.from(text))
  session.receive(frame(FrameType.windowUpdate, 0, 1, 6))
  session.receive(frame(FrameType.windowUpdate, 0, 1, 600))
  assert.is(log.payloadOf(1).subarray(INITIAL_WINDOW_BYTES).toString(), 'one two three')
})

window('ends the session when more than the limit waits for the peer', () => {
  const { session, streams } = start({ maxQueuedBytes: 100 })
  session.receive(openStream(1))
  streams[0]!.write(Buffer.alloc(INITIAL_WINDOW_BYTES + 100))
  assert.throws(() => {
    streams[0]!.write(Buffer.alloc(1))
  }, /101 bytes wait for the peer, the limit is 100$/)
})

window.run()

const faults = suite('YamuxSession faults')

const FAULTS: readonly [string, Buffer, RegExp][] = [
  ['a duplicate SYN', Buffer.concat([openStream(1), openStream(1)]), /1 is open already$/],
  ['an even id', openStream(2), /id must be odd, received 2$/],
  ['id 0', openStream(0), /id must be odd, received 0$/],
  [
    'a second FIN',
    Buffer.concat([openStream(1), ...[0, 1].map(() => frame(FrameType.windowUpdate, Flag.fin, 1, 0))]),
    /a second FIN$/,
  ],
  [
    'data after FIN',
    Buffer.concat([openStream(1), frame(FrameType.windowUpdate, Flag.fin, 1, 0), dataFrame(1, Buffer.from('x'))]),
    /data after FIN$/,
  ],
  [
    'a window above 2^32 - 1',
    Buffer.concat([openStream(1), frame(FrameType.windowUpdate, 0, 1, 0xffff_ffff)]),
    /a window of 4295229439 bytes$/,
  ],
]

for (const [name, frames, message] of FAULTS) {
  faults(`ends the session on ${name} and tells the peer`, () => {
    const { session, log } = start()
    assert.throws(() => {
      session.receive(frames)
    }, message)
    assert.equal(log.headers.at(-1), {
      type: FrameType.goAway,
      flags: 0,
      streamId: 0,
      length: GoAwayReason.protocolError,
    })
    assert.is(session.streamCount, 0)
  })
}

for (const reason of [1, 2, 77]) {
  faults(`ends when the peer goes away with reason ${reason}`, () => {
    const { session } = start()
    assert.throws(
      () => {
        session.receive(frame(FrameType.goAway, 0, 0, reason))
      },
      new RegExp(`peer went away, reason ${reason}$`),
    )
  })
}

faults('goes on when the peer goes away normally', () => {
  const { session, events } = start()
  session.receive(Buffer.concat([openStream(1), frame(FrameType.goAway, 0, 0, 0), dataFrame(1, Buffer.from('x'))]))
  assert.equal(events, ['data 1 1'])
})

faults.run()
