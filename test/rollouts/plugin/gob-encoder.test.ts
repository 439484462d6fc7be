import { Buffer } from 'node:buffer'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { GobEncoder } from '../../../rollouts/plugin/gob-encoder.ts'
import { mapOf, Schema, sliceOf, structOf } from '../../../rollouts/plugin/gob-schema.ts'
import type { EncodableValue, GobSchema } from '../../../rollouts/plugin/gob-schema.ts'
import type { GobBlob } from '../../../rollouts/plugin/gob-value.ts'
import type { GobStruct } from '../../../rollouts/plugin/gob-value.ts'
import { bytes, hex } from './support/bytes.ts'
import { decodeAll } from './support/gob-stream.ts'

const POINT = structOf('Point', { X: Schema.int, Y: Schema.int })

const encode = suite('GobEncoder.encode()')

encode("writes the bytes of the documentation's example", () => {
  const encoder = new GobEncoder()
  assert.is(
    hex(encoder.encode([{ schema: POINT, value: { X: 22, Y: 33 } }])),
    hex(
      bytes(`
        1f ff81 03 01 01 05 506f696e74 01 ff82 00   # type 65 is struct Point
        01 02 01 01 58 01 04 00 01 01 59 01 04 00   # X int, Y int
        00 00
        07 ff82 01 2c 01 42 00                      # X 22, Y 33
      `),
    ),
  )
  assert.is(hex(encoder.encode([{ schema: POINT, value: { X: 22, Y: 33 } }])), '07ff82012c014200', 'described once')
})

encode('leaves fields with zero values out, and moves on to the next', () => {
  const encoder = new GobEncoder()
  encoder.encode([{ schema: POINT, value: {} }])
  assert.is(hex(encoder.encode([{ schema: POINT, value: { X: 0, Y: -1 } }])), '05ff82020100')
  assert.is(hex(encoder.encode([{ schema: POINT, value: {} }])), '03ff8200')
})

encode('writes a struct without fields', () => {
  const encoder = new GobEncoder()
  // 0a: ff81 03, CommonType without a name {02 ff82 00}, no fields, 00 00; then the value.
  assert.is(hex(encoder.encode([{ schema: structOf('', {}), value: {} }])), '0aff81030102ff82000000' + '03ff8200')
})

encode('writes a value that is no struct with a 0 before it', () => {
  const encoder = new GobEncoder()
  assert.is(hex(encoder.encode([{ schema: Schema.string, value: 'abc' }])), '060c0003616263')
  assert.is(hex(encoder.encode([{ schema: Schema.uint, value: 1 }])), '03060001')
})

encode('writes several values in the order given', () => {
  const encoder = new GobEncoder()
  const both = encoder.encode([
    { schema: Schema.uint, value: 7 },
    { schema: Schema.string, value: 'x' },
  ])
  assert.is(hex(both), '03060007' + '040c000178')
})

const EVERYTHING = structOf('Everything', {
  Bool: Schema.bool,
  Int: Schema.int,
  Uint: Schema.uint,
  Float: Schema.float,
  Bytes: Schema.bytes,
  Text: Schema.string,
  Time: Schema.time,
  List: sliceOf(Schema.int),
  Map: mapOf(Schema.string, Schema.uint),
  Inner: POINT,
})

encode('writes every kind so that it reads as the same value', () => {
  const time = { unixSeconds: 1n, nanoseconds: 2 }
  const value = {
    Bool: true,
    Int: -5,
    Uint: 2n ** 64n - 1n,
    Float: 0.1,
    Bytes: Buffer.from([0, 255]),
    Text: 'naïve\u2028',
    Time: time,
    List: [0, -1, 2 ** 40],
    Map: new Map([['a', 0]]),
    Inner: {},
  }
  const [decoded] = decodeAll(new GobEncoder().encode([{ schema: EVERYTHING, value }])) as [GobStruct]
  const { Bytes, Time, ...rest } = decoded
  assert.equal({ ...rest, Bytes: value.Bytes, Time: time }, value)
  assert.is(hex(Bytes as Uint8Array), hex(value.Bytes))
  // 62,135,596,801 seconds since year 1, 2 ns, UTC.
  assert.is(hex((Time as GobBlob).bytes), '01' + '0000000e7791f701' + '00000002' + 'ffff')
})

encode('sends empty maps and leaves empty lists, texts and bytes out', () => {
  const value = { List: [], Text: '', Bytes: Buffer.alloc(0), Map: new Map(), Inner: {}, Bool: false, Float: 0 }
  const [decoded] = decodeAll(new GobEncoder().encode([{ schema: EVERYTHING, value }]))
  assert.equal(decoded, { Map: new Map(), Inner: {} })
})

const INTEGERS = [0n, 1n, 63n, 64n, 127n, 128n, 255n, 256n, 2n ** 31n, 2n ** 53n, 2n ** 63n - 1n]

for (const value of [...INTEGERS, ...INTEGERS.map((positive) => -positive - 1n)]) {
  encode(`writes the signed integer ${value}`, () => {
    const [decoded] = decodeAll(new GobEncoder().encode([{ schema: Schema.int, value }]))
    assert.is(BigInt(decoded as bigint | number), value)
  })
}

const MISMATCHES: readonly [string, GobSchema, unknown, RegExp][] = [
  ['text for a number', Schema.int, '1', /expected int, received string/],
  ['a fraction', Schema.int, 1.5, /expected int, received number/],
  ['an integer above int64', Schema.int, 2n ** 63n, /value of int64, received 9223372036854775808/],
  ['an integer below int64', Schema.int, -(2n ** 63n) - 1n, /value of int64/],
  ['an integer above uint64', Schema.uint, 2n ** 64n, /value of uint64/],
  ['a negative unsigned integer', Schema.uint, -1, /value of uint64, received -1/],
  ['a number for text', Schema.string, 1, /expected string/],
  ['a Date for a time', Schema.time, new Date(0), /expected time/],
  ['text for a struct', POINT, 'x', /expected Point, received string/],
  ['an object for a map', mapOf(Schema.string, Schema.string), {}, /expected map/],
  ['text for a list', sliceOf(Schema.int), 'x', /expected slice/],
  ['text for a bool', Schema.bool, 'true', /expected bool/],
]

for (const [name, schema, value, message] of MISMATCHES) {
  encode(`refuses ${name}, and the stream is as before`, () => {
    const encoder = new GobEncoder()
    assert.throws(
      () =>
        encoder.encode([
          { schema: POINT, value: {} },
          { schema, value: value as EncodableValue },
        ]),
      message,
    )
    assert.is(decodeAll(encoder.encode([{ schema: POINT, value: { X: 1 } }])).length, 1)
  })
}

encode.run()
