import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Elements, ElementType } from '#runtime'
import { readBinary, writeBinary } from '../../../runtime/protocol/binary-elements.ts'

/** Bytes as the binary tensor data extension lays them out. */
const LAYOUTS: readonly (readonly [ElementType, Elements, string])[] = [
  ['bool', Uint8Array.of(1, 0), '01' + '00'],
  ['uint8', Uint8Array.of(1, 255), '01' + 'ff'],
  ['uint16', Uint16Array.of(1, 65_535), '0100' + 'ffff'],
  ['uint32', Uint32Array.of(1, 4_294_967_295), '01000000' + 'ffffffff'],
  ['uint64', BigUint64Array.of(1n, 2n ** 64n - 1n), '0100000000000000' + 'ffffffffffffffff'],
  ['int8', Int8Array.of(1, -2), '01' + 'fe'],
  ['int16', Int16Array.of(1, -2), '0100' + 'feff'],
  ['int32', Int32Array.of(1, -2), '01000000' + 'feffffff'],
  ['int64', BigInt64Array.of(1n, -2n), '0100000000000000' + 'feffffffffffffff'],
  ['float16', Float16Array.of(1, -2), '003c' + '00c0'],
  ['float32', Float32Array.of(1, -2), '0000803f' + '000000c0'],
  ['float64', Float64Array.of(1, -2), '000000000000f03f' + '00000000000000c0'],
  ['string', ['Ä', ''], '02000000' + 'c384' + '00000000'],
]

const read = suite('readBinary()')

for (const [type, elements, hex] of LAYOUTS) {
  read(`reads ${type} from where no number could start`, () => {
    const odd = Buffer.from(`00${hex}`, 'hex').subarray(1)
    assert.equal(readBinary(type, odd, 2), elements)
  })

  read(`refuses ${type} with a byte too few or too many`, () => {
    const bytes = Buffer.from(`${hex}00`, 'hex')
    for (const wrong of [bytes, bytes.subarray(0, -2)]) assert.ok('expected' in readBinary(type, wrong, 2))
  })
}

read('copies, so that the body may be used again', () => {
  const bytes = Buffer.from('01', 'hex')
  const elements = readBinary('uint8', bytes, 1)
  bytes[0] = 9
  assert.equal(elements, Uint8Array.of(1))
})

read('keeps NaN and the infinities', () => {
  const bytes = Buffer.from('0000c07f' + '0000807f' + '000080ff', 'hex')
  assert.is((readBinary('float32', bytes, 3) as Float32Array).join(), 'NaN,Infinity,-Infinity')
})

read('reads no elements from no bytes', () => {
  assert.equal(readBinary('string', Buffer.alloc(0), 0), [])
  assert.equal(readBinary('int64', Buffer.alloc(0), 0), new BigInt64Array())
})

const REFUSED: readonly (readonly [string, ElementType, string, number, string])[] = [
  [
    'more elements than memory holds',
    'float64',
    '0000000000000000',
    1e15,
    '8000000000000000 bytes for 1000000000000000 elements',
  ],
  ['truth values other than 0 and 1', 'bool', '02', 1, 'bytes 0 and 1'],
  ['a length beyond the bytes', 'string', 'ffffffff61', 1, '1 texts, each behind its length'],
  ['fewer texts than the shape asks for', 'string', '00000000', 2, '2 texts, each behind its length'],
  ['texts in another encoding', 'string', '01000000ff', 1, 'texts in UTF-8'],
]

for (const [name, type, hex, count, expected] of REFUSED) {
  read(`refuses ${name}`, () => {
    assert.equal(readBinary(type, Buffer.from(hex, 'hex'), count), { expected })
  })
}

read.run()

const write = suite('writeBinary()')

for (const [type, elements, hex] of LAYOUTS) {
  write(`writes ${type}`, () => {
    assert.is(Buffer.from(writeBinary(elements)).toString('hex'), hex)
  })
}

write('writes a part of a larger memory', () => {
  assert.is(Buffer.from(writeBinary(Uint8Array.of(1, 2, 3).subarray(1, 2))).toString('hex'), '02')
})

write.run()
