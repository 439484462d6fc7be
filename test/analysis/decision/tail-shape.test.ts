import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { isotonic } from '../../../analysis/decision/isotonic.ts'
import {
  density,
  logBoundSteps,
  nonincreasing,
  risingRatio,
  stretchTail,
  tailCounts,
  tailCurve,
} from '../../../analysis/decision/tail-shape.ts'
import { near, nearAll } from './near.ts'

const tails = suite('tailCounts()')

tails('counts what is above each bound', () => {
  assert.equal(tailCounts([5, 3, 2, 1]), [6, 3, 1])
})

tails.run()

const stretched = suite('stretchTail()')

stretched('shifts a log-logistic tail exactly', () => {
  const bounds = [0.1, 0.2, 0.4, 0.8]
  const tail = (seconds: number) => 1 / (1 + (seconds / 0.2) ** 3)
  const actual = stretchTail(tailCurve(bounds.map(tail), logBoundSteps(bounds)), 1.3)
  nearAll(
    actual,
    bounds.map((bound) => tail(bound / 1.3)),
  )
})

stretched('leaves a single bound as it is', () => {
  nearAll(stretchTail(tailCurve([0.3], [0]), 2), [0.3])
})

stretched('never rises', () => {
  const shares = stretchTail(tailCurve([0.9, 0.5, 0.49, 0.001], logBoundSteps([0.1, 0.11, 1, 10])), 3)
  shares.forEach((share, k) => {
    assert.ok(k === 0 || share <= shares[k - 1]!)
  })
})

stretched.run()

const monotone = suite('nonincreasing()')

monotone('raises earlier values', () => {
  assert.equal(nonincreasing([3, 1, 2, 0]), [3, 2, 2, 0])
})

monotone.run()

const buckets = suite('density()')

buckets('gives the probability of each bucket', () => {
  nearAll(density([0.5, 0.2]), [0.500001, 0.300001, 0.200001])
})

buckets.run()

const ratio = suite('risingRatio()')

ratio('rises and has mean 1 under the denominator', () => {
  const denominator = [0.2, 0.3, 0.4, 0.1]
  const rising = risingRatio([0.3, 0.1, 0.2, 0.4], denominator)
  near(
    rising.reduce((sum, value, k) => sum + value * denominator[k]!, 0),
    1,
  )
  rising.forEach((value, k) => {
    assert.ok(k === 0 || value >= rising[k - 1]!)
  })
})

ratio.run()

const fit = suite('isotonic()')

fit('keeps what rises', () => {
  assert.equal(isotonic([1, 2, 3], [1, 1, 1]), [1, 2, 3])
})

fit('pools neighbours that fall, by their weights', () => {
  nearAll(isotonic([1, 5, 2, 6], [1, 1, 2, 1]), [1, 3, 3, 6])
  nearAll(isotonic([3, 2, 1], [1, 1, 1]), [2, 2, 2])
})

fit('keeps the first value of a pool without weight', () => {
  assert.equal(isotonic([2, 1], [0, 0]), [2, 2])
})

fit.run()
