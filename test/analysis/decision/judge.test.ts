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
  const begun = { weight: 30, atMs: state.atMs! + 1_000 }
  const waiting = judge(plan, state, begun.atMs + 59_999, begun)
  assert.equal([waiting.verdict, waiting.weight, waiting.canaryRequests], ['continue', 30, 0])
  assert.is(judge(plan, state, begun.atMs + 60_000, begun).verdict, 'inconclusive')
})

judges('counts the deadline of the first step likewise', () => {
  const plan = planOf({ ...ERRORS, step: { soak: '10s', deadline: '1m' } })
  const verdict = judge(plan, openGate(plan), START_MS + 60_000, { weight: 10, atMs: START_MS })
  assert.is(verdict.verdict, 'inconclusive')
  assert.match(verdict.reason, /^the deadline of 60 s passed undecided: .*no data in this step: error rate/)
})

judges('keeps a failure', () => {
  const plan = planOf(ERRORS)
  const { state } = run(plan, steady(5, 10, 10_000, FAILING))
  assert.is(judge(plan, state, START_MS + 9e9).verdict, 'fail')
})

judges.run()
