import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Tensor } from '#runtime'
import { openCosineTally } from '../../../src/comparison/cosine-tally.ts'
import { near } from '../../analysis/decision/near.ts'
import { floats } from './builders.ts'

const cosine = suite('openCosineTally()')

cosine('is 1 for the same direction, whatever the length, and -1 for the opposite one', () => {
  const tally = openCosineTally()
  tally.add(floats(2, 3, 4, 3, 4, 1e-30, 0), floats(2, 3, 4, 6, 8, 1e30, 0))
  assert.equal(tally.summarize(), { min: 1, median: 1, rows: 3 })
  tally.add(floats(2, 3, 4), floats(2, -3, -4))
  assert.is(tally.summarize()?.min, -1)
})

cosine('tells the least and the middle one', () => {
  const tally = openCosineTally()
  // 0.96 = (3 × 4 + 4 × 3) / 25; 0 for a right angle; 1.
  tally.add(floats(2, 3, 4, 1, 0, 1, 1), floats(2, 4, 3, 0, 1, 1, 1))
  const { min, median, rows } = tally.summarize()!
  near(min, 0, 1e-12)
  near((1 - median) / 0.04, 1, 0.01)
  assert.is(rows, 3)
})

cosine('keeps apart what nearly points the same way', () => {
  const tally = openCosineTally()
  const angle = 1e-6
  const tensor = (...values: number[]): Tensor => ({ type: 'float64', dims: [1, 2], data: Float64Array.from(values) })
  tally.add(tensor(1, 0), tensor(Math.cos(angle), Math.sin(angle)))
  near((1 - tally.summarize()!.min) / (angle ** 2 / 2), 1, 1e-3)
})

cosine('leaves out rows without a direction, and values', () => {
  const tally = openCosineTally()
  tally.add(floats(2, 0, 0, NaN, 1, Infinity, 1), floats(2, 1, 1, 1, 1, 1, 1))
  tally.add(floats(1, 1, 2), floats(1, 3, 4))
  assert.is(tally.summarize(), null)
})

cosine.run()
