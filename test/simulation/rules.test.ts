import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Window } from '#decision'
import { binomialTail } from './binomial-tail.ts'
import { upperLimit } from './clopper-pearson.ts'
import { binomialTest } from './rules/binomial-test.ts'
import { chiSquare, chiSquareTest } from './rules/chi-square-test.ts'
import { anyOf, failureLimited } from './rules/failure-limit.ts'
import { histogramQuantile } from './rules/histogram-quantile.ts'
import { isHigh } from './rules/mann-whitney.ts'
import { indexThreshold } from './rules/stability-index.ts'
import { errorRatio, errorThreshold } from './rules/threshold.ts'
import { zTest } from './rules/z-test.ts'

const WINDOW_MS = 10_000

function errorWindow(canary: readonly [number, number], stable: readonly [number, number] = [900, 9]): Window {
  return {
    at: '2026-01-01T00:00:10Z',
    weight: 10,
    canary: { requests: canary[0], errors: canary[1] },
    stable: { requests: stable[0], errors: stable[1] },
  }
}

const limits = suite('upperLimit()')

limits('is 1 - 0.05^(1/n) without any event', () => {
  assert.ok(Math.abs(upperLimit(0, 3_000) - (1 - 0.05 ** (1 / 3_000))) < 1e-9)
})

limits('gives the published limit of 5 in 100', () => {
  // Upper end of the two-sided 90 % interval of Clopper and Pearson.
  assert.ok(Math.abs(upperLimit(5, 100) - 0.102253) < 1e-5, `${upperLimit(5, 100)}`)
})

limits('is 1 when every run had the event', () => {
  assert.is(upperLimit(7, 7), 1)
})

limits.run()

const tail = suite('binomialTail()')

tail('adds up the masses', () => {
  assert.ok(Math.abs(binomialTail(8, 10, 0.5) - 56 / 1_024) < 1e-12)
  assert.ok(Math.abs(binomialTail(2, 10, 0.5) - (1 - 11 / 1_024)) < 1e-12)
  assert.is(binomialTail(0, 10, 0.5), 1)
  assert.is(binomialTail(11, 10, 0.5), 0)
})

tail('goes over to the normal approximation without a jump', () => {
  const [below, above] = [binomialTail(20_150, 201_500, 0.1), binomialTail(22_350, 223_500, 0.1)]
  assert.ok(Math.abs(below - 0.5) < 0.01 && Math.abs(above - 0.5) < 0.01, `${below} ${above}`)
})

tail.run()

const quantiles = suite('histogramQuantile()')

quantiles('is linear within the bucket', () => {
  assert.ok(Math.abs(histogramQuantile(0.5, [1, 2], [10, 20, 10]) - 1.5) < 1e-12)
})

quantiles('is the highest bound when the quantile lies above it, and NaN without observations', () => {
  assert.is(histogramQuantile(0.95, [1, 2], [1, 1, 8]), 2)
  assert.ok(Number.isNaN(histogramQuantile(0.95, [1, 2], [0, 0, 0])))
})

quantiles.run()

const thresholds = suite('thresholds')

thresholds('fail with the first measurement above the limit when failureLimit is 0', () => {
  const watch = errorThreshold('x', 0.02, 0, WINDOW_MS).open()
  assert.is(watch(errorWindow([100, 2])), false)
  assert.is(watch(errorWindow([100, 3])), true)
})

thresholds('look at the last minute only', () => {
  const watch = errorThreshold('x', 0.02, 100, WINDOW_MS).open()
  const limited = errorThreshold('x', 0.02, 6, WINDOW_MS).open()
  const windows = [errorWindow([100, 13]), ...Array.from({ length: 20 }, () => errorWindow([100, 0]))]
  assert.not.ok(windows.some((window) => watch(window)))
  // 13 errors are more than 2 % of the requests of one to six windows: six failures, not seven.
  assert.not.ok(windows.some((window) => limited(window)))
})

thresholds('do not fail without requests', () => {
  assert.is(errorThreshold('x', 0.02, 0, WINDOW_MS).open()(errorWindow([0, 0])), false)
  assert.is(errorRatio('x', 1.2, 0, WINDOW_MS).open()(errorWindow([0, 0])), false)
})

thresholds('compare with stable', () => {
  assert.is(errorRatio('x', 1.2, 0, WINDOW_MS).open()(errorWindow([1_000, 12], [1_000, 10])), false)
  assert.is(errorRatio('x', 1.2, 0, WINDOW_MS).open()(errorWindow([1_000, 13], [1_000, 10])), true)
})

thresholds('of the stability index see a moved class', () => {
  const window = (canary: Record<string, number>): Window => ({
    ...errorWindow([100, 0]),
    canary: { requests: 100, predictions: canary },
    stable: { requests: 100, predictions: { a: 50, b: 50 } },
  })
  assert.is(indexThreshold('x', 0.2, 0, WINDOW_MS).open()(window({ a: 55, b: 45 })), false)
  assert.is(indexThreshold('x', 0.2, 0, WINDOW_MS).open()(window({ a: 80, b: 20 })), true)
})

thresholds.run()

const failureLimits = suite('failureLimited()')

failureLimits('fails with the first measurement beyond the limit, in a row or not', () => {
  const answers = [true, false, true, false, true, true]
  let next = 0
  const watch = failureLimited('x', 2, () => () => answers[next++] === true).open()
  assert.equal(
    answers.map(() => watch(errorWindow([1, 0]))),
    [false, false, false, false, true, true],
  )
})

failureLimits('of several metrics each keep their own count', () => {
  const rule = () => errorThreshold('x', 0.02, 1, WINDOW_MS)
  const watch = anyOf('both', [rule(), rule()]).open()
  assert.is(watch(errorWindow([100, 50])), false)
  assert.is(watch(errorWindow([100, 50])), true)
})

failureLimits.run()

const tests = suite('repeated tests')

tests('of two proportions reject at the critical value', () => {
  // Difference 1 percentage point, pooled 1.6 % of 2000: z = 1.78.
  assert.is(zTest('x', 0.05).open()(errorWindow([1_000, 21], [1_000, 11])), true)
  assert.is(zTest('x', 0.01).open()(errorWindow([1_000, 21], [1_000, 11])), false)
  assert.is(zTest('x', 0.05).open()(errorWindow([1_000, 11], [1_000, 20])), false)
})

tests('of a share against a limit use the exact binomial', () => {
  const window = (disagreements: number): Window => ({
    ...errorWindow([1, 0]),
    shadow: { pairs: 100, disagreements },
  })
  // P(at least 3 of 100 at 1 %) = 0.079, P(at least 4) = 0.018.
  assert.is(binomialTest('x', 0.01, 0.05).open()(window(3)), false)
  assert.is(binomialTest('x', 0.01, 0.05).open()(window(4)), true)
  assert.is(binomialTest('x', 0.01, 0.01).open()(window(4)), false)
})

tests('of class shares use Pearson’s statistic', () => {
  // 2 x 2 table 10 20 / 30 20: n (ad - bc)^2 / (row and column sums) = 80 (200 - 600)^2 / (30 50 40 40).
  const statistic = chiSquare([
    [10, 20],
    [30, 20],
  ])
  assert.ok(Math.abs(statistic - (80 * 400 ** 2) / (30 * 50 * 40 * 40)) < 1e-12)
  const window: Window = {
    ...errorWindow([1, 0]),
    canary: { requests: 40, predictions: { a: 10, b: 30 } },
    stable: { requests: 40, predictions: { a: 20, b: 20 } },
  }
  assert.is(chiSquareTest('x', 0.05).open()(window), true)
  assert.is(chiSquareTest('x', 0.01).open()(window), false)
})

tests.run()

const ranks = suite('isHigh()')

ranks('sees a series that lies above the other', () => {
  assert.is(isHigh([11, 12, 13, 14, 15], [1, 2, 3, 4, 5]), true)
  assert.is(isHigh([1, 2, 3, 4, 5], [11, 12, 13, 14, 15]), false)
})

ranks('needs five points and more than chance', () => {
  assert.is(isHigh([11, 12, 13, 14], [1, 2, 3, 4]), false)
  assert.is(isHigh([1, 3, 5, 7, 9], [2, 4, 6, 8, 10]), false)
})

ranks.run()
