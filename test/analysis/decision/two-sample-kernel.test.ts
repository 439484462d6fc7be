import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { twoSampleLogE } from '../../../analysis/decision/two-sample-kernel.ts'
import { near } from './near.ts'
import { allOutcomes, expectation } from './outcomes.ts'

const test = suite('twoSampleLogE()')

/** Exact expectation of the e-value. */
function expected(
  requests: readonly [canary: number, stable: number],
  rates: readonly [canary: number, stable: number],
  bet: readonly [ratio: number, tolerance: number, margin: number],
): number {
  const [canaryRequests, stableRequests] = requests
  const arm = (count: number, rate: number) => allOutcomes(count, [rate, 1 - rate])
  return expectation(arm(canaryRequests, rates[0]), arm(stableRequests, rates[1]), (a, b) => {
    const counts = { canaryRequests, stableRequests, canaryEvents: a[0]!, stableEvents: b[0]! }
    return Math.exp(twoSampleLogE(counts, ...bet))
  })
}

test('favours harm where the canary fails more', () => {
  const counts = { canaryRequests: 100, stableRequests: 900, canaryEvents: 5, stableEvents: 9 }
  assert.ok(twoSampleLogE(counts, 5, 1, 0) > 1)
  assert.ok(twoSampleLogE({ ...counts, canaryEvents: 1 }, 5, 1, 0) < 0)
})

for (const requests of [
  [1, 1],
  [1, 6],
  [4, 3],
  [7, 2],
] as const) {
  for (const stableRate of [0.01, 0.2, 0.5]) {
    for (const [ratio, tolerance, margin] of [
      [1.125, 1, 0],
      [3, 1.25, 0],
      [129, 1.25, 0],
      [2, 1, 0.05],
    ] as const) {
      test(`bets on harm without gain on average: ${requests.join(' v ')} requests, ${stableRate}, ratio ${ratio}`, () => {
        const canaryRate = Math.min(tolerance * stableRate + margin, 1)
        assert.ok(expected(requests, [canaryRate, stableRate], [ratio, tolerance, margin]) <= 1 + 1e-12)
        assert.ok(expected(requests, [canaryRate / 2, stableRate], [ratio, tolerance, margin]) <= 1 + 1e-12)
      })
    }
    for (const fraction of [0.02, 0.5, 0.9]) {
      test(`bets on promotion without gain on average: ${requests.join(' v ')} requests, ${stableRate}, ${fraction}`, () => {
        const bet = [1.25 * fraction, 1.25, 0.005] as const
        const canaryRate = 1.25 * stableRate + 0.005
        assert.ok(expected(requests, [canaryRate, stableRate], bet) <= 1 + 1e-12)
        assert.ok(expected(requests, [Math.min(2 * canaryRate, 1), stableRate], bet) <= 1 + 1e-12)
      })
    }
  }
}

test('gains on average where the canary is as bad as the bet says', () => {
  assert.ok(expected([6, 6], [0.3, 0.1], [3, 1, 0]) > 1.05)
})

test('says nothing where one arm had no requests', () => {
  assert.is(twoSampleLogE({ canaryRequests: 0, stableRequests: 9, canaryEvents: 0, stableEvents: 2 }, 2, 1, 0), 0)
  assert.is(twoSampleLogE({ canaryRequests: 9, stableRequests: 0, canaryEvents: 2, stableEvents: 0 }, 2, 1, 0), 0)
})

test('keeps its digits at large counts', () => {
  const counts = { canaryRequests: 1e12, stableRequests: 9e12, canaryEvents: 1e9, stableEvents: 9e9 }
  near(twoSampleLogE(counts, 1 + 1e-9, 1, 0), -4.5e-10, 1e-6)
})

test.run()
