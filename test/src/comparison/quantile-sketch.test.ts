import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openSketch, RELATIVE_ERROR } from '../../../src/comparison/quantile-sketch.ts'

const sketch = suite('openSketch()')

sketch('is empty at first', () => {
  const empty = openSketch()
  assert.is(empty.count, 0)
  assert.is(empty.quantile(0.5), 0)
  assert.equal(empty.counts([1, 2]), [0, 0, 0])
})

sketch('gives every quantile of numbers over thirty decades within its relative error', () => {
  const numbers = openSketch()
  const values = Array.from({ length: 1_000 }, (_, i) => 10 ** ((i - 500) / 33))
  for (const value of values) numbers.add(value)
  for (const fraction of [0, 0.01, 0.25, 0.5, 0.95, 0.99, 1]) {
    const exact = values[Math.floor(fraction * (values.length - 1))]!
    isClose(numbers.quantile(fraction), exact)
  }
})

sketch('counts zeros below everything else', () => {
  const numbers = openSketch()
  for (let i = 0; i < 90; i += 1) numbers.addZero()
  for (let i = 0; i < 10; i += 1) numbers.add(7)
  numbers.add(0)
  assert.is(numbers.count, 101)
  assert.is(numbers.quantile(0.5), 0)
  isClose(numbers.quantile(0.95), 7)
})

sketch('counts values between edges, without zeros', () => {
  const numbers = openSketch()
  for (const value of [0, 0.5, 1.5, 1.6, 3, 30]) numbers.add(value)
  assert.equal(numbers.counts([1, 2, 4]), [1, 2, 1, 1])
})

sketch('takes the smallest and the largest number there is', () => {
  const numbers = openSketch()
  numbers.add(Number.MIN_VALUE)
  numbers.add(1e308)
  assert.is(numbers.count, 2)
  assert.ok(numbers.quantile(1) > 9e307)
})

sketch.run()

/** Rounding may add a little to the relative error. */
function isClose(actual: number, expected: number): void {
  assert.ok(Math.abs(actual - expected) <= RELATIVE_ERROR * 1.000_001 * expected, `${actual} for ${expected}`)
}
