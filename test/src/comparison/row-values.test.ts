import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Tensor } from '#runtime'
import { rowValues } from '../../../src/comparison/row-values.ts'
import { floats, labels } from './builders.ts'

const test = suite('rowValues()')

test('shows a float32 as it was written', () => {
  assert.equal(rowValues(floats(2, 0, 0, 5.1, 0.2), 1, 2), [5.1, 0.2])
})

test('shows a row of one value bare, and whole numbers beyond 2^53 with all their digits', () => {
  assert.is(rowValues(labels(3, 4), 1, 2), 4)
  assert.is(
    rowValues({ type: 'int64', dims: [1], data: BigInt64Array.of(2n ** 60n + 1n) }, 0, 1),
    '1152921504606846977',
  )
})

test('shows NaN, infinities, texts and truth values', () => {
  assert.equal(rowValues(floats(3, NaN, Infinity, -Infinity), 0, 1), ['NaN', 'Infinity', '-Infinity'])
  const text: Tensor = { type: 'string', dims: [1, 2], data: ['a', 'x'.repeat(1_000)] }
  assert.equal(rowValues(text, 0, 1), ['a', `${'x'.repeat(200)}…`])
  assert.equal(rowValues({ type: 'bool', dims: [1, 2], data: Uint8Array.of(0, 1) }, 0, 1), [false, true])
})

test('cuts a long row and says so', () => {
  const values = rowValues(floats(784, ...new Array<number>(784).fill(1)), 0, 1) as unknown[]
  assert.is(values.length, 65)
  assert.is(values.at(-1), '… 720 more')
})

test.run()
