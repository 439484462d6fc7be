import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { decisionPolicySchema, look, openGate, planGate, type ShadowCounts, type Verdict, type Window } from '#decision'

const LE = [0.001, 0.002, 0.005, 0.01, 0.25]

/** The verdict after as many equal windows as it takes to decide, at most twenty. */
function decided(
  signals: object,
  window: Omit<Window, 'at' | 'weight'>,
  history: Omit<Window, 'at' | 'weight'>,
): Verdict {
  const plan = planGate(decisionPolicySchema.parse({ signals, step: { soak: '20s' } }))
  let state = openGate(plan)
  for (let k = 0; k < 25; k++) {
    const at = new Date(Date.UTC(2026, 0, 1, 0, 0, 10 * k)).toISOString()
    const found = look(plan, state, k < 5 ? { at, weight: 0, ...history } : { at, weight: 10, ...window })
    state = found.state
    if (found.verdict.verdict !== 'continue') return found.verdict
  }
  throw new Error('Cannot find a decision within twenty windows')
}

const test = suite('reason')

test('names the latency at which a slow canary stands out, not the objective that both meet', () => {
  const stable = { requests: 900, latency: { le: LE, counts: [700, 180, 18, 2, 0, 0] } }
  const canary = { requests: 100, latency: { le: LE, counts: [0, 2, 60, 38, 0, 0] } }
  const { verdict, reason } = decided({ latency: { max: '250ms' } }, { canary, stable }, { stable })
  assert.is(verdict, 'fail')
  assert.match(reason, /above (1|2) ms are (98|100) % of its requests, stable (2\.2|22) %, tolerated \d/)
})

test('says what an error rate is held against, even where stable has no error', () => {
  const stable = { requests: 900, errors: 0 }
  const { verdict, reason } = decided({ errorRate: {} }, { canary: { requests: 100, errors: 20 }, stable }, { stable })
  assert.is(verdict, 'fail')
  assert.match(
    reason,
    /^canary fails 20 % of requests \(\d+ of \d+\), stable 0 %, tolerated 1\.25 times that; evidence/,
  )
})

const SHADOW_WINDOWS = 40

/** Verdicts on a canary that disagrees with stable on 5 % of the inputs, nearly all in one slice, at a limit. */
function shadowed(policy: object, shadow: Partial<ShadowCounts>, weight = 10): Verdict[] {
  const plan = planGate(decisionPolicySchema.parse({ step: { soak: '20s', deadline: '5m' }, ...policy }))
  let state = openGate(plan)
  return Array.from({ length: SHADOW_WINDOWS }, (_, k) => {
    const at = new Date(Date.UTC(2026, 0, 1, 0, 0, 10 * k)).toISOString()
    const counts = { pairs: 200, disagreements: 10, ...shadow }
    const arms = { canary: { requests: 100 }, stable: { requests: 900 } }
    const found = look(plan, state, { at, weight, ...(weight > 0 && arms), shadow: counts })
    state = JSON.parse(JSON.stringify(found.state)) as typeof state
    return found.verdict
  })
}

const disagreeing = (maxDisagreement: number) => ({ signals: { shadow: { maxDisagreement } } })
const NOISE = { pairs: 1_000, disagreements: 30 }
const SLICES = { 'a"b %': { pairs: 20, disagreements: 9 }, globex: { pairs: 180, disagreements: 1 } }
const CONTRADICTS =
  /stable contradicts itself on 3 % of its own inputs \([\d,]+ of [\d,]+\), so not even a copy of it can stay under 1 %: raise maxDisagreement or widen tolerances/

const noise = suite('reason of a noise above the limit')

noise('is given with a failure, which it does not change', () => {
  const told = shadowed(disagreeing(0.01), { noise: NOISE })
  const untold = shadowed(disagreeing(0.01), {})
  assert.equal(
    told.map(({ verdict, logE }) => [verdict, logE]),
    untold.map(({ verdict, logE }) => [verdict, logE]),
  )
  const { verdict, reason, signals } = told.at(-1)!
  assert.is(verdict, 'fail')
  assert.match(reason, CONTRADICTS)
  assert.match(reason, /^the models disagree on 5 % of the same inputs .*; stable contradicts .*; evidence/)
  const { noise: measured } = signals.shadow!
  assert.equal([measured?.pairs, measured?.disagreements], [40_000, 1_200])
  assert.ok(measured!.estimate.low > 0.01 && measured!.estimate.high < 0.06)
})

noise('is given while a step waits, and at its deadline', () => {
  const verdicts = shadowed(disagreeing(0.01), { disagreements: 2, noise: NOISE })
  assert.equal([...new Set(verdicts.map(({ verdict }) => verdict))], ['continue', 'inconclusive'])
  assert.match(verdicts.at(-1)!.reason, CONTRADICTS)
  assert.match(verdicts[15]!.reason, CONTRADICTS)
})

noise('is given before the canary has traffic, and by a guard', () => {
  const early = shadowed(disagreeing(0.01), { disagreements: 0, noise: NOISE }, 0).at(-1)!
  assert.match(early.reason, /^the canary has no traffic yet.*; stable contradicts/)
  const guard = shadowed({ ...disagreeing(0.01), mode: 'guard' }, { disagreements: 1, noise: NOISE }).at(-1)!
  assert.match(guard.reason, /^no harm proved: .*; stable contradicts/)
})

noise('is not given below the limit, nor before it is proved', () => {
  for (const { reason } of shadowed(disagreeing(0.04), { disagreements: 8, noise: NOISE })) {
    assert.not.match(reason, 'contradicts')
  }
  const [first] = shadowed(disagreeing(0.01), { disagreements: 0, noise: { pairs: 10, disagreements: 1 } })
  assert.not.match(first!.reason, 'contradicts')
})

noise.run()

const causes = suite('reason of a difference')

causes('tells differences by the number of their pairs, the most first', () => {
  const found = shadowed(disagreeing(0.01), { causes: { label: 2, number: 7, nan: 1 } }).at(-1)!
  assert.match(
    found.reason,
    /, limit 1 %; (\d+) with a number beyond its tolerance, \d+ with another label, \d+ with NaN or an infinity on one side; evidence/,
  )
  assert.equal(Object.keys(found.signals.shadow?.causes ?? {}), ['label', 'number', 'nan'])
})

causes('leaves out that labels differ, where nothing else does', () => {
  assert.match(shadowed(disagreeing(0.01), { causes: { label: 10 } }).at(-1)!.reason, /limit 1 %; evidence/)
})

causes('says that a candidate of another signature cannot be asked', () => {
  const { reason } = shadowed(disagreeing(0.01), { disagreements: 200, causes: { signature: 200 } }, 0).at(-1)!
  assert.match(reason, /limit 1 %; the candidate has other inputs or outputs than stable and cannot be asked; evidence/)
})

causes('says while a step waits what keeps it', () => {
  const { verdict, reason } = shadowed(disagreeing(0.05), { causes: { nan: 10 } }).at(-1)!
  assert.is(verdict, 'inconclusive')
  assert.match(reason, /cannot be cleared at its present figures: .*; 400 with NaN or an infinity on one side/)
})

causes('says that inputs were not answered in time', () => {
  const policy = { signals: { shadow: { maxDisagreement: 0.5, pairedErrors: true } } }
  const hung = { disagreements: 0, canaryOnlyErrors: 20, stableOnlyErrors: 0, causes: { hung: 15, failed: 5 } }
  const { verdict, reason } = shadowed(policy, hung).at(-1)!
  assert.is(verdict, 'fail')
  assert.match(
    reason,
    /^of [\d,]+ same inputs the canary alone fails on (\d+), .*; on \d+ it did not answer in time; evidence/,
  )
})

causes.run()

const slices = suite('reason of a slice')

slices('names the worst where it stands out, as a text that cannot break out', () => {
  const { verdict, reason, signals } = shadowed(disagreeing(0.01), { slices: SLICES }).at(-1)!
  assert.is(verdict, 'fail')
  assert.match(reason, /; worst in slice "a\\"b %": 45 % \(\d+ of \d+\); evidence/)
  assert.equal(
    signals.shadow?.slices?.map(({ slice, standsOut }) => [slice, standsOut]),
    [
      ['a"b %', true],
      ['globex', false],
    ],
  )
})

slices('names it while the signal cannot be cleared', () => {
  const { verdict, reason } = shadowed(disagreeing(0.05), { slices: SLICES }).at(-1)!
  assert.is(verdict, 'inconclusive')
  assert.match(reason, /shadow disagreement cannot be cleared at its present figures: .*; worst in slice/)
})

slices('names none where slices are alike, or all is well', () => {
  const alike = { a: { pairs: 100, disagreements: 5 }, b: { pairs: 100, disagreements: 5 } }
  assert.not.match(shadowed(disagreeing(0.01), { slices: alike }).at(-1)!.reason, 'slice')
  assert.not.match(shadowed(disagreeing(0.2), { slices: SLICES }).at(-1)!.reason, 'slice')
})

slices('reports three at most, and nothing where none is counted', () => {
  const many = Object.fromEntries(Array.from({ length: 9 }, (_, k) => [`s${k}`, { pairs: 20, disagreements: 1 }]))
  assert.is(shadowed(disagreeing(0.01), { slices: many }).at(-1)?.signals.shadow?.slices?.length, 3)
  const without = shadowed(disagreeing(0.01), {}).at(-1)?.signals.shadow
  assert.ok(without !== undefined && !('slices' in without) && !('noise' in without))
})

slices.run()

test.run()
