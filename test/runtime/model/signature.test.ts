import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { describeSignature, describeSpec, hasRows } from '#runtime'
import { irisSignature } from '../builders.ts'

const spec = suite('describeSpec()')

spec('writes type and shape', () => {
  assert.is(describeSpec({ type: 'float32', shape: ['N', 4] }), 'float32[N,4]')
})

spec('marks a dimension without a name', () => {
  assert.is(describeSpec({ type: 'int64', shape: ['', 1] }), 'int64[?,1]')
})

spec.run()

const signature = suite('describeSignature()')

signature('writes inputs and outputs in one line', () => {
  assert.is(describeSignature(irisSignature()), 'input float32[N,4] -> label int64[N], probabilities float32[N,3]')
})

signature.run()

const rows = suite('hasRows()')

rows('is true where the first dimension varies everywhere', () => {
  assert.is(hasRows(irisSignature()), true)
})

for (const shape of [[], [1, 4], [4]] as const) {
  rows(`is false for an input of shape [${shape.join(',')}]`, () => {
    assert.is(hasRows(irisSignature({ inputs: [{ name: 'input', type: 'float32', shape }] })), false)
  })
}

rows.run()
