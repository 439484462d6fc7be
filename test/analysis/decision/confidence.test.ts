import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { rateEstimate } from '../../../analysis/decision/confidence.ts'
import { logGamma } from '../../../analysis/decision/log-gamma.ts'
import { Random } from '../../support/random.ts'
import { binomial } from '../../support/sampling.ts'
import { near } from './near.ts'

const test = suite('rateEstimate()')

for (const [rate, requests] of [
  [0.01, 100],
  [0.2, 37],
] as const) {
  test(`holds a rate of ${rate} at all of 60 looks in 95 % of 600 rollouts`, () => {
    const random = new Random(`confidence ${rate}`)
    let missed = 0
    for (let run = 0; run < 600; run += 1) {
      let events = 0
      let left = false
      for (let look = 1; look <= 60; look += 1) {
        events += binomial(random, requests, rate)
        const { low, high } = rateEstimate(events, look * requests, 1)!
        left ||= rate < low || rate > high
      }
      if (left) missed += 1
    }
    assert.ok(missed / 600 <= 0.05 + 3 * Math.sqrt((0.05 * 0.95) / 600), String(missed))
  })
}

test('gets narrow with requests and wide with dispersion', () => {
  const width = (requests: number, dispersion: number) => {
    const { low, high } = rateEstimate(0.1 * requests, requests, dispersion)!
    return high - low
  }
  assert.ok(width(10_000, 1) < width(1_000, 1) / 2.5)
  assert.ok(width(10_000, 9) > 2.5 * width(10_000, 1))
})

test('reaches to the ends where nothing or everything failed', () => {
  assert.is(rateEstimate(0, 50, 1)?.low, 0)
  assert.is(rateEstimate(50, 50, 1)?.high, 1)
  assert.ok(rateEstimate(0, 50, 1)!.high < 0.2)
})

test('contains the estimate', () => {
  const { value, low, high } = rateEstimate(3, 1_000, 1)!
  assert.ok(low < value && value < high)
})

test('is nothing without requests', () => {
  assert.is(rateEstimate(0, 0, 1), null)
})

test.run()

const gamma = suite('logGamma()')

gamma('gives factorials', () => {
  near(logGamma(1), 0, 1e-13)
  near(logGamma(6), Math.log(120), 1e-13)
  near(logGamma(171), 706.5730622457874, 1e-13)
})

gamma('gives the root of pi', () => {
  near(logGamma(0.5), 0.5 * Math.log(Math.PI), 1e-13)
})

gamma.run()
