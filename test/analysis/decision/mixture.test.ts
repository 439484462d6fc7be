import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { investMixture, openMixture } from '../../../analysis/decision/mixture.ts'
import { near } from './near.ts'

const test = suite('investMixture()')
const LOG_WEIGHTS = [Math.log(0.3), Math.log(0.7)]

/** Mean evidence over every course of fair coins: heads multiply one bet by 1.9 and the other by 0.6. */
function meanEvidence(windows: number, cap: number): number {
  const courses = 2 ** windows
  let sum = 0
  for (let course = 0; course < courses; course += 1) {
    let state = openMixture()
    for (let window = 0; window < windows; window += 1) {
      const heads = ((course >> window) & 1) === 1
      const bets = heads ? [Math.log(1.9), Math.log(0.6)] : [Math.log(0.1), Math.log(1.4)]
      state = investMixture(state, LOG_WEIGHTS, bets, window < 5 ? 1 : 2, cap)
    }
    sum += Math.exp(state.logE)
  }
  return sum / courses
}

test('is worth exactly 1 on average under the null', () => {
  near(meanEvidence(10, Infinity), 1)
})

test('is worth at most 1 on average with a cap', () => {
  const mean = meanEvidence(10, 0.1)
  assert.ok(mean < 1 && mean > 0.5, String(mean))
})

test('never grows by more than the cap and the reserve', () => {
  let state = openMixture()
  for (let window = 0; window < 20; window += 1) {
    const next = investMixture(state, LOG_WEIGHTS, [9, 30], 1, 2)
    assert.ok(Math.exp(next.logE - state.logE - 2) <= 1 + next.reserve)
    state = next
  }
})

test('earns from a regression that starts late', () => {
  let state = openMixture()
  for (let window = 0; window < 100; window += 1) state = investMixture(state, [0], [-1], 1)
  for (let window = 0; window < 10; window += 1) state = investMixture(state, [0], [1], 1)
  assert.ok(state.logE > 2, String(state.logE))
})

test('invests more when a step begins', () => {
  const begin = investMixture(openMixture(), [0], [0], 1)
  near(begin.reserve, 0.5)
  near(investMixture(begin, [0], [0], 1).reserve, 0.495)
  near(investMixture(begin, [0], [0], 2).reserve, 0.3)
})

test('stays finite when the reserve is used up', () => {
  let state = openMixture()
  for (let step = 1; step <= 2_000; step += 1) state = investMixture(state, [0], [-1e9], step)
  assert.ok(Number.isFinite(state.logE))
})

test.run()
