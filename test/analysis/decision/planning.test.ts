import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { comparisonGrowth, limitGrowth, requestsToClear } from '../../../analysis/decision/planning.ts'
import { near } from './near.ts'

const requests = suite('requestsToClear()')

requests('divides what is missing by the growth, with an allowance at the start', () => {
  assert.is(requestsToClear(0, 3, 0.003), 1_500)
  assert.is(requestsToClear(1.5, 3, 0.003), 750)
})

requests('is 0 when done and unknown without growth', () => {
  assert.is(requestsToClear(3, 3, 0.003), 0)
  assert.is(requestsToClear(0, 3, 0), null)
  assert.is(requestsToClear(0, 3, 1e-12), null)
})

requests.run()

const limit = suite('limitGrowth()')

limit('is the limit itself where nothing fails, so that ln 20 / limit requests clear it', () => {
  near(limitGrowth(0, 0.01), 0.00985, 1e-4)
})

limit('falls to 0 as the rate comes near the limit', () => {
  assert.ok(limitGrowth(0.005, 0.01) > limitGrowth(0.008, 0.01))
  assert.is(limitGrowth(0.01, 0.01), 0)
})

limit.run()

const comparison = suite('comparisonGrowth()')

comparison('grows with margin and with the share of stable', () => {
  const growth = (margin: number, stablePerCanary: number) =>
    comparisonGrowth(0.01, 0.01, stablePerCanary, 1.25, margin)
  assert.ok(growth(0.005, 9) > 2 * growth(0, 9))
  assert.ok(growth(0.005, 9) > growth(0.005, 1))
})

comparison('is 0 where the canary is at its margin', () => {
  assert.is(comparisonGrowth(0.0175, 0.01, 9, 1.25, 0.005), 0)
})

comparison.run()
