import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { decisionPolicySchema } from '#decision'
import { parseInput } from '#faults'
import { offlinePolicy, openJudge, type Judgement } from '../../../src/comparison/judge.ts'

const judge = suite('openJudge()')

const policyOf = (signals: unknown) => offlinePolicy(parseInput(decisionPolicySchema, { signals }, 'policy'))

judge('passes a canary that is proved to agree', () => {
  const { verdict, reason } = judgeFile(1_500, { disagreements: 1 })
  assert.is(verdict, 'pass')
  assert.match(reason, 'disagree on 0.067 % of the same inputs (1 of 1,500), limit 1 %')
})

judge('fails a canary that is proved to disagree', () => {
  const { verdict, logE, needed, reason, signals } = judgeFile(150, { disagreements: 16 })
  assert.is(verdict, 'fail')
  assert.ok(logE >= needed)
  assert.match(reason, '(16 of 150), limit 1 %')
  assert.is(signals.shadow?.standing, 'harm')
})

judge('fails a handful of pairs that all disagree', () => {
  assert.is(judgeFile(11, { disagreements: 11 }).verdict, 'fail')
})

judge('does not take few pairs without a difference for a proof, and says how many are missing', () => {
  const { verdict, reason } = judgeFile(150, {})
  assert.is(verdict, 'inconclusive')
  assert.match(reason, /about [\d,]+ more requests are needed/)
})

judge('says when no number of such requests would prove it', () => {
  const { verdict, reason } = judgeFile(400, { disagreements: 6 })
  assert.is(verdict, 'inconclusive')
  assert.match(reason, 'more such requests would not prove it')
})

judge('decides at the end of the file: what looks proved half-way is not, if disagreements come late', () => {
  const late = openJudge(offlinePolicy(), 1_200)
  for (let i = 0; i < 1_200; i += 1) {
    late.add({ pairs: 1, disagreements: i > 600 && i % 60 === 0 ? 1 : 0, canaryOnlyErrors: 0, stableOnlyErrors: 0 })
  }
  assert.is.not(late.conclude().verdict, 'pass')
})

judge('fails a canary that fails where stable answers', () => {
  const { verdict, reason } = judgeFile(1_500, { canaryOnlyErrors: 88 })
  assert.is(verdict, 'fail')
  assert.match(reason, 'the canary alone fails on 88, stable alone on 0')
})

judge('takes such failures for disagreements where the policy does not judge paired errors', () => {
  const policy = policyOf({ shadow: { pairedErrors: false } })
  const { verdict, signals } = judgeFile(1_500, { canaryOnlyErrors: 88 }, policy)
  assert.is(verdict, 'fail')
  assert.equal(Object.keys(signals), ['shadow'])
})

judge('is inconclusive without any pair', () => {
  assert.is(judgeFile(0, {}).verdict, 'inconclusive')
})

judge('takes the limit from the policy', () => {
  const policy = policyOf({ shadow: { maxDisagreement: 0.2 } })
  assert.is(judgeFile(150, { disagreements: 16 }, policy).signals.shadow?.limit, 0.2)
  assert.is.not(judgeFile(150, { disagreements: 16 }, policy).verdict, 'fail')
})

judge.run()

const offline = suite('offlinePolicy()')

offline('keeps the shadow signal alone, or its defaults', () => {
  assert.equal(Object.keys(policyOf({ latency: {}, shadow: { maxDisagreement: 0.05 } }).signals), ['shadow'])
  assert.is(policyOf({ shadow: { maxDisagreement: 0.05 } }).signals.shadow?.maxDisagreement, 0.05)
  assert.is(policyOf({ latency: {} }).signals.shadow?.maxDisagreement, 0.01)
  assert.is(offlinePolicy().falseAbort, 0.01)
})

offline.run()

/** Judges a file over which disagreements and failures are spread evenly. */
function judgeFile(
  pairs: number,
  { disagreements = 0, canaryOnlyErrors = 0 }: { disagreements?: number; canaryOnlyErrors?: number },
  policy = offlinePolicy(),
): Judgement {
  const judging = openJudge(policy, pairs)
  const share = (events: number, i: number) => Math.floor(((i + 1) * events) / pairs) - Math.floor((i * events) / pairs)
  for (let i = 0; i < pairs; i += 1) {
    judging.add({
      pairs: 1,
      disagreements: share(disagreements, i),
      canaryOnlyErrors: share(canaryOnlyErrors, i),
      stableOnlyErrors: 0,
    })
  }
  return judging.conclude()
}
