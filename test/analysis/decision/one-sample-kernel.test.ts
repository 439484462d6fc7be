import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { limitBets, oneSampleLogE } from '../../../analysis/decision/one-sample-kernel.ts'
import { near } from './near.ts'
import { allOutcomes } from './outcomes.ts'

const test = suite('oneSampleLogE()')

/** Exact expectation of each bet's e-value. */
function expected(limit: number, rates: readonly number[], requests: number, truth: number): number[] {
  const bets = limitBets(limit, rates)
  const sums = rates.map(() => 0)
  for (const { counts, probability } of allOutcomes(requests, [truth, 1 - truth])) {
    oneSampleLogE(bets, requests, counts[0]!).forEach((logE, j) => {
      sums[j]! += probability * Math.exp(logE)
    })
  }
  return sums
}

for (const requests of [1, 5, 12]) {
  test(`expects exactly 1 at the limit, with ${requests} requests`, () => {
    for (const mean of expected(0.1, [0.01, 0.05, 0.2, 0.9], requests, 0.1)) near(mean, 1)
  })

  test(`expects less than 1 on the side of the null, with ${requests} requests`, () => {
    for (const mean of expected(0.1, [0.2, 0.9], requests, 0.05)) assert.ok(mean < 1)
    for (const mean of expected(0.1, [0.01, 0.05], requests, 0.3)) assert.ok(mean < 1)
  })
}

test('expects more than 1 where the bet is right', () => {
  assert.ok(expected(0.1, [0.3], 5, 0.3)[0]! > 1.5)
})

test.run()
