import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { judge, openGate } from '#decision'
import { HEALTHY, planOf, run, START_MS, steady, type Behaviour, type PolicyInput } from './traffic.ts'

const ALL: PolicyInput = {
  signals: { errorRate: { max: 0.03 }, latency: { max: '250ms' }, predictionDrift: {}, shadow: {} },
  step: { soak: '1m' },
}
const ERRORS: PolicyInput = { signals: { errorRate: {} }, step: { soak: '1m' } }
const FAILING: Behaviour = { ...HEALTHY, errors: 0.1 }

const judges = suite('judge()')

judges('repeats the verdict of the newest window', () => {
  const plan = planOf(ALL)
  const { state, verdicts } = run(plan, [...steady(5, 0, 10_000), ...steady(9, 10, 10_000)])
  const { at, ...verdict } = judge(plan, state, state.atMs!)
  const { at: newest, ...expected } = verdicts.at(-1)!
  assert.is(at, newest)
  assert.equal(verdict, expected)
})

judges('says that the deadline has passed while no data came', () => {
  const plan = planOf({ ...ERRORS, step: { soak: '10s', deadline: '1m' } })
  const { state } = run(plan, steady(2, 10, 100))
  const verdict = judge(plan, state, START_MS + 10_000 + 60_000)
  assert.is(verdict.verdict, 'inconclusive')
  assert.is(verdict.at, '2026-01-01T00:01:10.000Z')
})

judges('goes on before the first window', () => {
  const plan = planOf(ALL)
  const verdict = judge(plan, openGate(plan), START_MS)
  assert.is(verdict.verdict, 'continue')
  assert.is(verdict.reason, 'no evidence has come yet')
})

judges('counts the deadline of a step from its beginning, though no window of it has come', () => {
  const plan = planOf({ ...ERRORS, step: { soak: '10s', deadline: '1m' } })
  const { state } = run(plan, steady(60, 10, 10_000))
  assert.is(judge(plan, state, state.atMs!).verdict, 'pass')
  const awaited = { weight: 30, sinceMs: state.atMs! + 1_000 }
  const waiting = judge(plan, state, awaited.sinceMs + 59_999, awaited)
  assert.equal([waiting.verdict, waiting.weight, waiting.canaryRequests], ['continue', 30, 0])
  assert.is(judge(plan, state, awaited.sinceMs + 60_000, awaited).verdict, 'inconclusive')
})

judges('counts the deadline of the first step likewise', () => {
  const plan = planOf({ ...ERRORS, step: { soak: '10s', deadline: '1m' } })
  const verdict = judge(plan, openGate(plan), START_MS + 60_000, { weight: 10, sinceMs: START_MS })
  assert.is(verdict.verdict, 'inconclusive')
  assert.match(verdict.reason, /^the deadline of 60 s passed undecided: .*no data in this step: error rate/)
})

const PAIRS: PolicyInput = {
  signals: { errorRate: {}, shadow: { maxDisagreement: 0.05 } },
  step: { soak: '1m', deadline: '10m', minRequests: 500 },
}
/** Windows before the canary has traffic, with so many pairs in each. */
const compared = (count: number, pairs: number, disagreements: number) =>
  steady(count, 0, 10_000).map((window) => ({
    ...window,
    shadow: { pairs, disagreements, canaryOnlyErrors: 0, stableOnlyErrors: 0 },
  }))

judges('passes a gate at weight 0 on what the pairs have shown, when the soak is over', () => {
  const plan = planOf(PAIRS)
  const { state, verdicts } = run(plan, compared(20, 50, 0))
  assert.is(verdicts.at(-1)!.verdict, 'continue', 'windows alone are history')
  const awaited = { weight: 0, sinceMs: state.atMs! - 50_000 }
  const soaking = judge(plan, state, state.atMs!, awaited)
  assert.is(soaking.verdict, 'continue')
  assert.is(soaking.reason, 'nothing is open; the soak has 10 s left')
  const passed = judge(plan, state, state.atMs! + 10_000, awaited)
  assert.is(passed.verdict, 'pass')
  assert.match(
    passed.reason,
    /^proved on 1,000 pairs before the canary had traffic: .* less than 5 % of inputs.*; not judged at weight 0: error rate$/,
  )
})

judges('says at weight 0 how many pairs are missing, and until when they may come', () => {
  const plan = planOf(PAIRS)
  const { state } = run(plan, compared(6, 5, 0))
  const awaited = { weight: 0, sinceMs: START_MS }
  const waiting = judge(plan, state, START_MS + 599_999, awaited)
  assert.match(waiting.reason, /^needs about \d+ more pairs; open: shadow disagreement/)
  assert.ok(waiting.missing !== null && waiting.missing > 0)
  assert.is(judge(plan, state, START_MS + 600_000, awaited).verdict, 'inconclusive')
})

judges('does not pass a gate at weight 0 to which no pair came', () => {
  const plan = planOf(PAIRS)
  const { state } = run(plan, steady(20, 0, 10_000))
  const verdict = judge(plan, state, START_MS + 600_000, { weight: 0, sinceMs: START_MS })
  assert.is(verdict.verdict, 'inconclusive')
  assert.match(verdict.reason, /no data in this step: shadow disagreement$/)
})

judges('leaves a guard at weight 0 with the history', () => {
  const plan = planOf({ ...PAIRS, mode: 'guard' })
  const { state } = run(plan, compared(20, 50, 0))
  const { verdict, reason } = judge(plan, state, START_MS + 9e9, { weight: 0, sinceMs: START_MS })
  assert.is(verdict, 'continue')
  assert.match(reason, /^the canary has no traffic yet/)
})

judges('keeps a failure', () => {
  const plan = planOf(ERRORS)
  const { state } = run(plan, steady(5, 10, 10_000, FAILING))
  assert.is(judge(plan, state, START_MS + 9e9).verdict, 'fail')
})

judges.run()
