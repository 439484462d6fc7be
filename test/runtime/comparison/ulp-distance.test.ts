import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ulpDistance } from '../../../runtime/comparison/ulp-distance.ts'

const distance = suite('ulpDistance()')

distance('is 0 for equal numbers and for both zeros', () => {
  assert.is(ulpDistance(1.5, 1.5, 'float32'), 0)
  assert.is(ulpDistance(0, -0, 'float16'), 0)
  assert.is(ulpDistance(0, -0, 'float32'), 0)
  assert.is(ulpDistance(0, -0, 'float64'), 0)
})

distance('is 1 for neighbours, at 1, at the smallest and across zero', () => {
  assert.is(ulpDistance(1, 1 + 2 ** -23, 'float32'), 1)
  assert.is(ulpDistance(1, 1 + 2 ** -52, 'float64'), 1)
  assert.is(ulpDistance(1, 1 + 2 ** -10, 'float16'), 1)
  assert.is(ulpDistance(-(2 ** -24), 2 ** -24, 'float16'), 2)
  assert.is(ulpDistance(0, 2 ** -149, 'float32'), 1)
  assert.is(ulpDistance(-(2 ** -149), 2 ** -149, 'float32'), 2)
  assert.is(ulpDistance(-Number.MIN_VALUE, Number.MIN_VALUE, 'float64'), 2)
})

distance('is the same in both directions', () => {
  for (const [a, b] of [
    [1, 2],
    [-3, 7],
    [1e-30, -1e30],
  ] as const) {
    assert.is(ulpDistance(a, b, 'float32'), ulpDistance(b, a, 'float32'))
    assert.is(ulpDistance(a, b, 'float64'), ulpDistance(b, a, 'float64'))
  }
})

distance('counts all 2^23 steps between 1 and 2', () => {
  assert.is(ulpDistance(1, 2, 'float32'), 2 ** 23)
  assert.is(ulpDistance(1, 2, 'float64'), 2 ** 52)
})

distance('is the difference of whole numbers, 64-bit ones too', () => {
  assert.is(ulpDistance(3, -4, 'int8'), 7)
  assert.is(ulpDistance(2n ** 60n, 2n ** 60n + 3n, 'int64'), 3)
})

distance('is NaN where a number is not finite', () => {
  assert.ok(Number.isNaN(ulpDistance(Number.NaN, 1, 'float32')))
  assert.ok(Number.isNaN(ulpDistance(1, Infinity, 'float64')))
})

distance.run()
