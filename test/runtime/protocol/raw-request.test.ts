import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { ElementType, TensorSpec } from '#runtime'
import { parseRawRequest } from '../../../runtime/protocol/raw-request.ts'
import { irisSignature } from '../builders.ts'

const raw = suite('parseRawRequest()')

function read(hex: string, shape: TensorSpec['shape'], type: ElementType = 'int16') {
  const signature = irisSignature({ inputs: [{ name: 'x', type, shape }] })
  return parseRawRequest(Buffer.from(hex, 'hex'), signature, 10)
}

const FITTING: readonly (readonly [string, string, TensorSpec['shape'], readonly number[]])[] = [
  ['a fixed shape', '01000200', [2], [2]],
  ['a scalar', '0100', [], []],
  ['as many rows as there are bytes for', '01000200', ['N', 1], [2, 1]],
  ['one row where another size varies too', '01000200', ['N', 'M'], [1, 2]],
  ['the size that varies alone', '01000200', [1, 'M'], [1, 2]],
]

for (const [name, hex, shape, dims] of FITTING) {
  raw(`reads ${name}`, () => {
    assert.equal(read(hex, shape).job.feeds[0]!.dims, dims)
  })
}

raw('wants all outputs in binary form', () => {
  assert.equal(read('0100', [1]).outputs, [
    { index: 0, binary: true },
    { index: 1, binary: true },
  ])
})

raw('reads one text without a length', () => {
  assert.equal(read('c384', ['N'], 'string').job.feeds[0], { type: 'string', dims: [1], data: ['Ä'] })
})

const REFUSED: readonly (readonly [string, string, TensorSpec['shape']])[] = [
  ['bytes for no whole element', '010002', ['N']],
  ['bytes for no whole row', '0100', ['N', 2]],
  ['no bytes', '', ['N']],
  ['too many bytes', '01000200', [1]],
  ['shapes with several unknown sizes', '0100', [1, 'A', 'B']],
]

for (const [name, hex, shape] of REFUSED) {
  raw(`refuses ${name}`, () => {
    assert.throws(
      () => read(hex, shape),
      /^Cannot use the request: expected the bytes of int16\[.*\], received \d bytes$/,
    )
  })
}

raw('refuses models with several inputs', () => {
  const [input] = irisSignature().inputs
  const signature = irisSignature({ inputs: [input!, { ...input!, name: 'b' }] })
  assert.throws(() => parseRawRequest(Buffer.alloc(4), signature, 10), /expected JSON with 2 inputs, received 4 bytes/)
})

raw.run()
