import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { decodeMessage } from '../../../runtime/shadow/decode-message.ts'
import { encodeMessage, encodeOrigin, encodePair } from '../../../runtime/shadow/encode-pair.ts'
import type { ShadowBatch } from '../../../runtime/shadow/shadow-pair.ts'
import { Random } from '../../support/random.ts'
import { tensor } from '../builders.ts'
import { irisBatch, irisPair } from './builders.ts'

function encode({ origin, pairs }: ShadowBatch): Buffer {
  return Buffer.concat(encodeMessage(encodeOrigin(origin), pairs.map(encodePair)))
}

const PAIRS = [irisPair([0, 2]), irisPair([1], { outputs: undefined, slice: 'Zürich' })]

/** Where the first pair begins: after 16 bytes and the origin. */
function firstPair(bytes: Buffer): number {
  return 16 + bytes.readUInt32LE(8)
}

const test = suite('decodeMessage()')

test('gives back what was encoded', () => {
  const batch = irisBatch(PAIRS)
  const { origin, pairs } = decodeMessage(encode(batch))
  assert.equal(origin, batch.origin)
  assert.equal(pairs.length, 2)
  for (const [i, pair] of pairs.entries()) {
    const expected = PAIRS[i]!
    assert.is(pair.rows, expected.rows)
    assert.is(pair.slice, expected.slice)
    assert.is(pair.outputs === undefined, expected.outputs === undefined)
    const tensors = [...expected.feeds, ...(expected.outputs ?? [])]
    for (const [place, { type, dims, data }] of [...pair.feeds, ...(pair.outputs ?? [])].entries()) {
      assert.is(type, tensors[place]!.type)
      assert.equal(dims, tensors[place]!.dims)
      assert.equal([...(data as Float32Array)].map(String), [...(tensors[place]!.data as Float32Array)].map(String))
    }
  }
})

test('carries every element as it was: NaN, infinities, large integers, texts, truth values', () => {
  const specs = [
    { name: 'f', type: 'float64' as const, shape: ['N'] },
    { name: 'i', type: 'int64' as const, shape: [] },
    { name: 's', type: 'string' as const, shape: ['N', 'M'] },
    { name: 'b', type: 'bool' as const, shape: [2] },
  ]
  const feeds = [
    { type: 'float64' as const, dims: [3], data: Float64Array.of(Number.NaN, -Infinity, -0) },
    { type: 'int64' as const, dims: [], data: BigInt64Array.of(-(2n ** 63n)) },
    { type: 'string' as const, dims: [2, 1], data: ['', '雪\u0000'] },
    tensor('bool', [2], [1, 0]),
  ]
  const origin = { model: 'm', version: '7', identity: 'x', signature: { inputs: specs, outputs: [] } }
  const [pair] = decodeMessage(encode({ origin, pairs: [{ feeds, rows: undefined, outputs: [], slice: '' }] })).pairs
  assert.ok(Number.isNaN(pair!.feeds[0]!.data[0]) && Object.is(pair!.feeds[0]!.data[2], -0))
  assert.is(pair!.feeds[1]!.data[0], -(2n ** 63n))
  assert.equal(pair!.feeds[2]!.data, ['', '雪\u0000'])
  assert.equal([...(pair!.feeds[3]!.data as Uint8Array)], [1, 0])
})

test('begins with the bytes that the format says', () => {
  const bytes = encode(irisBatch(PAIRS))
  assert.is(bytes.subarray(0, 8).toString('hex'), '4d475350' + '01000000')
  assert.is(bytes.readUInt32LE(12), 2)
  // Answered, 2 rows, no slice, rank 2, dimensions 2 and 4, the label as float32.
  const start = firstPair(bytes)
  const hex = '01' + '02000000' + '0000' + '02' + '02000000' + '04000000' + '00000000'
  assert.is(bytes.subarray(start, start + hex.length / 2).toString('hex'), hex)
})

test('refuses every truncation', () => {
  const bytes = encode(irisBatch([PAIRS[1]!]))
  for (let length = 0; length < bytes.length; length += 1) {
    assert.throws(() => decodeMessage(bytes.subarray(0, length)), /^Cannot use the shadow message: /, `${length}`)
  }
})

test('refuses more bytes than there should be', () => {
  const bytes = encode(irisBatch(PAIRS))
  assert.throws(
    () => decodeMessage(Buffer.concat([bytes, Buffer.alloc(1)])),
    /the end at byte \d+: expected no more bytes/,
  )
})

for (const [what, change, expected] of [
  ['other bytes at the beginning', (bytes: Buffer) => bytes.write('JSON', 0), /expected MGSP/],
  ['another version', (bytes: Buffer) => bytes.writeUInt8(2, 4), /the version at byte 5: expected 1, received 2/],
  ['an origin above the limit', (bytes: Buffer) => bytes.writeUInt32LE(256 * 1024 + 1, 8), /expected at most 262144/],
  ['pairs above the limit', (bytes: Buffer) => bytes.writeUInt32LE(1_025, 12), /expected at most 1024, received 1025/],
  ['an origin that is no JSON', (bytes: Buffer) => bytes.write('x', 16), /the origin: expected JSON/],
  ['an unknown outcome', (bytes: Buffer) => bytes.writeUInt8(2, firstPair(bytes)), /outcome .* expected 0 or 1/],
  ['other rows', (bytes: Buffer) => bytes.writeUInt32LE(3, firstPair(bytes) + 1), /'input' .* expected 3 rows/],
  ['another rank', (bytes: Buffer) => bytes.writeUInt8(17, firstPair(bytes) + 7), /expected at most 16 dimensions/],
  [
    'a slice that is too long',
    (bytes: Buffer) => bytes.writeUInt16LE(257, firstPair(bytes) + 5),
    /expected at most 256/,
  ],
  [
    'a dimension that the signature fixes',
    (bytes: Buffer) => bytes.writeUInt32LE(0xffff_ffff, firstPair(bytes) + 12),
    /expected the shape \[N,4\], received \[2,4294967295\]/,
  ],
] as const) {
  test(`refuses ${what}`, () => {
    const bytes = encode(irisBatch(PAIRS))
    change(bytes)
    assert.throws(() => decodeMessage(bytes), expected)
  })
}

test('takes no memory for elements that are not there', () => {
  const specs = [{ name: 'x', type: 'float64' as const, shape: [] }]
  const origin = { model: 'm', version: '1', identity: 'x', signature: { inputs: specs, outputs: [] } }
  const pair = { feeds: [tensor('float64', [1, 1], [1])], rows: undefined, outputs: [], slice: '' }
  const bytes = encode({ origin, pairs: [pair] })
  bytes.writeUInt32LE(0xffff_ffff, firstPair(bytes) + 8)
  bytes.writeUInt32LE(0xffff_ffff, firstPair(bytes) + 12)
  assert.throws(() => decodeMessage(bytes), /expected \d+ more bytes, received 8/)
})

test('refuses an origin with unknown keys, types or prototypes', () => {
  for (const text of [
    '{"__proto__":1}',
    '[]',
    '{"model":"m","version":"1","identity":"x","signature":{"inputs":[{"name":"a","type":"complex64","shape":[]}],"outputs":[]}}',
  ]) {
    const message = Buffer.concat(encodeMessage(Buffer.from(text), []))
    assert.throws(() => decodeMessage(message), /Cannot use the shadow message: .*the origin/s)
  }
})

test('answers any bytes with an InputError, never with another one', () => {
  const random = new Random('shadow messages')
  const below = (limit: number) => Math.floor(random.uniform() * limit)
  const whole = encode(irisBatch(PAIRS))
  for (let round = 0; round < 3_000; round += 1) {
    const bytes = Buffer.from(whole)
    for (let change = 0; change < 1 + below(4); change += 1) bytes[below(bytes.length)] = below(256)
    try {
      decodeMessage(bytes.subarray(0, 1 + below(bytes.length)))
    } catch (error) {
      assert.is((error as Error).name, 'InputError', String(error))
    }
  }
})

test.run()
