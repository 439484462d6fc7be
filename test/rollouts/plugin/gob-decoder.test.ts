import { Buffer } from 'node:buffer'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { decodeGoTime } from '../../../rollouts/plugin/go-time.ts'
import { GobBlob, GobComplex, GobInterface } from '../../../rollouts/plugin/gob-value.ts'
import type { GobValue } from '../../../rollouts/plugin/gob-value.ts'
import { bytes, chunksOf, goldenKinds, hex } from './support/bytes.ts'
import { decodeAll, gobStream } from './support/gob-stream.ts'

/** A value as text in which every kind looks different, so that equal texts mean equal values. */
function show(value: GobValue | undefined): string {
  if (value === undefined || value === null) return String(value)
  if (typeof value === 'string') return JSON.stringify(value)
  if (typeof value === 'bigint') return `${value}n`
  if (typeof value !== 'object') return Object.is(value, -0) ? '-0' : String(value)
  if (value instanceof GobComplex) return `${value.real}+${value.imaginary}i`
  if (value instanceof GobInterface) return `<${value.typeName} ${show(value.value)}>`
  if (value instanceof GobBlob) return `blob ${hex(value.bytes)}`
  if (value instanceof Uint8Array) return `bytes ${hex(value)}`
  if (Array.isArray(value)) return `[${(value as readonly GobValue[]).map(show).join(' ')}]`
  const entries = value instanceof Map ? [...value] : Object.entries(value)
  const shown = entries.map(
    ([key, part]) => `${value instanceof Map ? show(key as GobValue) : String(key)}:${show(part as GobValue)}`,
  )
  return value instanceof Map ? `map{${shown.join(' ')}}` : `{${shown.join(' ')}}`
}

const EXPECTED: Readonly<Record<string, string>> = {
  numbers: '{I:-1 I8:-128 U:18446744073709551615n F:17 C:1+-2i B:true}',
  'number limits': '{I:9223372036854775807n F:-Infinity}, {I:-9223372036854775808n F:NaN}',
  'safe integers':
    '[0 63 64 -64 -65 2147483647 2147483648 9007199254740991 9007199254740992n -9007199254740991 -9007199254740992n]',
  unsigned: '[0 127 128 255 256 4294967295 9007199254740991 9007199254740992n 18446744073709551615n]',
  floats: `[0 1 -1 0.1 ${Number.MAX_VALUE} ${Number.MIN_VALUE} Infinity]`,
  string: '"héllo"',
  'string that is not UTF-8': '[bytes 61ff62 "\ufffd" "" "a longer text with a replacement \ufffd in it"]',
  bytes: 'bytes 0001ff',
  array: '[1 0 3]',
  'array of bytes': '[1 2]',
  slices: '[["a"] [] ["b" "c"]]',
  map: 'map{5:"five"}',
  'empty map': 'map{}',
  recursive: '{Name:"a" Inner:{Name:"b"} List:[{Name:"c"} {}] Map:map{"k":{Name:"d"}}}',
  embedded: '{Embedded:{Inside:5} Outer:"out"}',
  'empty struct': '{}',
  'time in UTC': 'blob 010000000ee0e92ca500000006ffff',
  'time with a zone': 'blob 010000000ee0e93ab500000006ffc4',
  'time with seconds in its zone': 'blob 020000000ee0e9281100000006001320',
  'binary marshaler': `blob ${Buffer.from('http://example.com/x').toString('hex')}`,
  'nil interface': 'null',
  interface: '<first {X:7}>, <first {X:7}>',
  'interface of a scalar': '<flag true>',
  'interface of a list': '<[]int [1 -2]>',
  'nested interfaces': '<third {Z:<third {Z:<second {Y:"deep"}>}>}>, <first {X:7}>',
  'interfaces in a struct':
    '{Before:"b" Any:<first {X:1}> Middle:[<second {Y:"x"}> null <third {Z:<second {Y:"y"}>}> <flag true>] After:"a"}, ' +
    '{After:"only"}, {Any:<third {Z:<[]int [9]>}> After:"last"}',
}

const golden = suite('GobDecoder with streams of encoding/gob')

golden('has an expectation for each', () => {
  assert.equal(
    goldenKinds().map(({ name }) => name),
    Object.keys(EXPECTED),
  )
})

for (const { name, hex: stream } of goldenKinds()) {
  golden(`decodes ${name} at every split point`, () => {
    const whole = Buffer.from(stream, 'hex')
    for (let at = 0; at < whole.length; at += 1) {
      const gob = gobStream()
      gob.push(whole.subarray(0, at))
      gob.push(whole.subarray(at))
      assert.is(gob.values.map(show).join(', '), EXPECTED[name], `split at ${at}`)
      assert.ok(gob.idle)
    }
  })

  golden(`decodes ${name} byte by byte`, () => {
    const gob = gobStream()
    for (const chunk of chunksOf(Buffer.from(stream, 'hex'), 1)) gob.push(chunk)
    assert.is(gob.values.map(show).join(', '), EXPECTED[name])
  })

  golden(`knows every truncation of ${name}`, () => {
    const whole = Buffer.from(stream, 'hex')
    const all = decodeAll(whole).length
    for (let size = 0; size < whole.length; size += 1) {
      const gob = gobStream()
      gob.push(whole.subarray(0, size))
      assert.ok(gob.values.length < all, `first ${size} bytes give ${gob.values.length} values`)
    }
  })
}

golden('decodes a time with seconds in its zone', () => {
  const [value] = decodeAll(Buffer.from(goldenKinds().find(({ name }) => name.includes('seconds in'))!.hex, 'hex'))
  assert.is(decodeGoTime((value as GobBlob).bytes).offsetSeconds, 1172)
})

golden.run()

/** struct Point{X, Y int} with id 65, from the documentation of encoding/gob. */
const POINT = bytes(`
  1f                     # 31 bytes
  ff81                   # defines type 65
  03                     # wireType.StructT
  01                     # CommonType
  01 05 506f696e74       # Name "Point"
  01 ff82                # Id 65
  00
  01 02                  # two fields
  01 01 58 01 04 00      # X int
  01 01 59 01 04 00      # Y int
  00 00
`)
const POINT_VALUE = bytes('07 ff82 01 2c 01 42 00  # type 65, X 22, Y 33')

const decode = suite('GobDecoder')

decode("decodes the documentation's example", () => {
  assert.equal(decodeAll(Buffer.concat([POINT, POINT_VALUE, POINT_VALUE])), [
    { X: 22, Y: 33 },
    { X: 22, Y: 33 },
  ])
})

decode('accepts 64, the first id of newer senders', () => {
  const point64 = Buffer.concat([Buffer.from([0x1d]), POINT.subarray(1)])
  const text = hex(point64).replace('ff81', '7f').replace('ff82', 'ff80').replace('1d7f', '1e7f')
  assert.equal(decodeAll(Buffer.concat([Buffer.from(text, 'hex'), bytes('05 ff80 01 2c 00')])), [{ X: 22 }])
})

function messageOf(body: string): Buffer {
  const content = bytes(body)
  return Buffer.concat([Buffer.from([content.length]), content])
}

const FAULTS: readonly [string, Buffer, RegExp][] = [
  ['a type that is not described', bytes('03 ff82 00'), /type id 65 is not described at offset 2/],
  ['a type described twice', Buffer.concat([POINT, POINT]), /type id 65 is described twice/],
  ['a reserved id', bytes('05 7d 03 01 00 00'), /type id 63 is reserved/],
  [
    'bytes behind a descriptor',
    Buffer.concat([Buffer.from([0x20]), POINT.subarray(1), Buffer.from([0])]),
    /1 bytes behind a type descriptor/,
  ],
  ['bytes behind a value', bytes('04 04 00 06 00'), /1 bytes behind the value/],
  ['a value without the 0 of one that is no struct', bytes('03 04 01 06'), /expected a 0 before a value/],
  [
    'a field that the type does not have',
    Buffer.concat([POINT, bytes('05 ff82 03 2c 00')]),
    /field below 2, received 2 at offset 3 of 'Point\.\?'/,
  ],
  [
    'a message that ends in a field',
    Buffer.concat([POINT, bytes('04 ff82 01 fe')]),
    /needed 2 bytes, received 0 at offset 4 of 'Point\.X'/,
  ],
  ['a text longer than its message', bytes('04 0c 00 02 61'), /needed 2 bytes, received 1/],
  ['an integer of nine bytes', bytes('0c 06 00 f7 01 02 03 04 05 06 07 08 09'), /at most 8 bytes, received 9/],
  ['a descriptor of two kinds', bytes('09 ff81 02 00 01 00 00 00 00'), /type descriptor of two kinds/],
  ['a descriptor of no kind', bytes('03 ff81 00'), /type descriptor of no kind/],
  [
    'a field that is not exported',
    bytes('15 ff81 03 02 01 01 09 5f5f70726f746f5f5f 01 04 00 00 00'),
    /exported field, received "__proto__"/,
  ],
  [
    'an array of another length',
    Buffer.concat([messageOf('ff81 01 01 02 ff82 00 01 04 01 06 00 00'), messageOf('ff82 00 01 08')]),
    /expected an array of 3 elements, received 1/,
  ],
  ['an empty message', bytes('00'), /length must be 1 to 33554432, received 0/],
]

for (const [name, stream, message] of FAULTS) {
  decode(`refuses ${name}`, () => {
    assert.throws(() => decodeAll(stream), message)
  })
}

decode.run()

/** A slice of the type with this id, defined as type 65. */
function sliceOf(elementId: string): Buffer {
  return messageOf(`ff81 02 01 02 ff82 00 01 ${elementId} 00 00`)
}

const limits = suite('GobDecoder limits')

limits('takes a message of exactly the limit, and not one byte more', () => {
  const message = (size: number) => Buffer.concat([Buffer.from([size + 3, 0x0c, 0x00, size]), Buffer.alloc(size, 'x')])
  assert.equal(decodeAll(message(17), { maxMessageBytes: 20 }), ['x'.repeat(17)])
  assert.throws(() => decodeAll(message(18), { maxMessageBytes: 20 }), /length must be 1 to 20, received 21$/)
})

limits('refuses 32 MiB and a byte from the length alone', () => {
  assert.throws(() => decodeAll(bytes('fc 02000001')), /length must be 1 to 33554432, received 33554433$/)
})

limits('refuses a count that the message cannot hold before it takes memory', () => {
  assert.throws(
    () => decodeAll(Buffer.concat([sliceOf('04'), messageOf('ff82 00 fc 7fffffff')])),
    /at most 0 elements, received 2147483647/,
  )
})

limits('takes as many values as the limit, and not one more', () => {
  const list = Buffer.concat([sliceOf('02'), messageOf('ff82 00 04 01 01 01 01')])
  assert.equal(decodeAll(list, { maxValues: 5 }), [[true, true, true, true]])
  assert.throws(() => decodeAll(list, { maxValues: 4 }), /values are more than the limit of 4/)
})

limits('takes as many types as the limit, and not one more', () => {
  const two = Buffer.concat([POINT, Buffer.from(hex(POINT).replace('ff81', 'ff83').replace('ff82', 'ff84'), 'hex')])
  assert.equal(decodeAll(two, { maxTypes: 2 }), [])
  assert.throws(() => decodeAll(two, { maxTypes: 1 }), /more than the limit of 1/)
})

limits('takes as many fields as the limit, and not one more', () => {
  assert.equal(decodeAll(POINT, { maxFieldsPerType: 2 }), [])
  assert.throws(() => decodeAll(POINT, { maxFieldsPerType: 1 }), /at most 1 fields, received 2/)
})

limits('takes a name as long as the limit, and not one byte more', () => {
  assert.equal(decodeAll(POINT, { maxNameBytes: 5 }), [])
  assert.throws(() => decodeAll(POINT, { maxNameBytes: 4 }), /name of 5 bytes is above the limit of 4/)
})

limits('takes as deep a value as the limit, and none deeper', () => {
  // type List []List: one byte a level.
  const list = sliceOf('ff82')
  const nested = (depth: number) =>
    Buffer.concat([list, Buffer.from([depth + 4, 0xff, 0x82, 0x00]), Buffer.alloc(depth, 1), Buffer.from([0])])
  assert.is(decodeAll(nested(10), { maxDepth: 10 }).length, 1)
  assert.throws(() => decodeAll(nested(11), { maxDepth: 10 }), /nested deeper than the limit of 10/)
})

limits('takes as much of a value that is split as the limit, and not one byte more', () => {
  const { hex: stream } = goldenKinds().find(({ name }) => name === 'interfaces in a struct')!
  const whole = Buffer.from(stream, 'hex')
  assert.is(decodeAll(whole, { maxWaitingBytes: 200 }).length, 3)
  assert.throws(() => decodeAll(whole, { maxWaitingBytes: 3 }), /parts wait for the rest, the limit is 3$/)
})

limits.run()
