import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { sameTop, spearman } from '../../../src/comparison/rank-agreement.ts'
import { near } from '../../analysis/decision/near.ts'

const rank = suite('spearman()')

rank('is 1 for the same order and -1 for the opposite, whatever the distances', () => {
  assert.is(spearman([1, 2, 3, 4], [10, 200, 201, 9_000]), 1)
  assert.is(spearman([1, 2, 3, 4], [4, 3, 2, 1]), -1)
})

rank('is the textbook figure where two of five change places', () => {
  // 1 - 6 * sum of squared rank differences / (n (n^2 - 1)) = 1 - 6 * 2 / 120
  near(spearman([1, 2, 3, 4, 5], [1, 3, 2, 4, 5])!, 0.9, 1e-12)
})

rank('gives ties the mean of their ranks', () => {
  // Ranks 0.5 0.5 2 against 0 1 2: covariance 1.5, variances 1.5 and 2.
  near(spearman([5, 5, 6], [1, 2, 3])!, 1.5 / Math.sqrt(3), 1e-12)
})

rank('is not defined where all are equal, or where there is nothing to order', () => {
  assert.is(spearman([1, 1, 1], [1, 2, 3]), undefined)
  assert.is(spearman([1], [2]), undefined)
  assert.is(spearman([], []), undefined)
})

rank.run()

const top = suite('sameTop()')

top('compares the sets of the highest classes, not their order', () => {
  assert.ok(sameTop([0.5, 0.4, 0.1], [0.4, 0.5, 0.1], 2))
  assert.not(sameTop([0.5, 0.4, 0.1], [0.4, 0.5, 0.1], 1))
  assert.not(sameTop([0.5, 0.4, 0.1], [0.5, 0.1, 0.4], 2))
})

top('lets equal scores stand for each other, in either model', () => {
  assert.ok(sameTop([1, 0, 0], [0.9, 0, 0.1], 2))
  assert.ok(sameTop([0.9, 0, 0.1], [1, 0, 0], 2))
  assert.not(sameTop([1, 0, 0], [0, 0.5, 0.5], 1))
})

top('always agrees on all classes', () => {
  assert.ok(sameTop([1, 2, 3], [3, 2, 1], 3))
})

top.run()
