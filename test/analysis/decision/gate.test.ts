import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { look, openGate, type Arm, type Verdict, type Window } from '#decision'
import { Random } from '../../support/random.ts'
import {
  evenArm,
  HEALTHY,
  planOf,
  run,
  simulate,
  START_MS,
  steady,
  type Behaviour,
  type PolicyInput,
} from './traffic.ts'

const ALL: PolicyInput = {
  signals: { errorRate: { max: 0.03 }, latency: { max: '250ms' }, predictionDrift: {}, shadow: {} },
  step: { soak: '1m' },
}
const ERRORS: PolicyInput = { signals: { errorRate: {} }, step: { soak: '1m' } }
const FAILING: Behaviour = { ...HEALTHY, errors: 0.1 }
const PAIRS = { pairs: 400, disagreements: 1, canaryOnlyErrors: 1, stableOnlyErrors: 1 }

function last(verdicts: readonly Verdict[]): Verdict {
  const verdict = verdicts.at(-1)
  assert.ok(verdict)
  return verdict
}

function withPairs(windows: readonly Omit<Window, 'at'>[]): Omit<Window, 'at'>[] {
  return windows.map((window) => ({ ...window, shadow: PAIRS }))
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) Object.values(value).forEach(deepFreeze)
  return Object.freeze(value)
}

const looks = suite('look()')

looks('promotes a healthy canary through every step', () => {
  const windows = withPairs([0, 10, 30, 50, 100].flatMap((weight) => steady(24, weight, 10_000)))
  const { verdicts } = run(planOf(ALL), windows)
  for (const weight of [10, 30, 50, 100]) {
    const step = verdicts.filter((verdict) => verdict.weight === weight)
    assert.is(step[0]?.verdict, 'continue')
    assert.is(last(step).verdict, 'pass', last(step).reason)
  }
})

looks('aborts a canary that fails more, and says so', () => {
  const { verdicts } = run(planOf(ALL), [...steady(6, 0, 10_000), ...steady(6, 10, 10_000, FAILING)])
  const verdict = last(verdicts)
  assert.is(verdict.verdict, 'fail')
  assert.ok(verdict.logE >= verdict.needed)
  assert.match(
    verdict.reason,
    /^canary fails 10 % of requests .*; evidence [\d.]+ of 4\.6; decided after [\d,]+ canary requests$/,
  )
  assert.is(verdict.signals.errorRate?.standing, 'harm')
})

looks('needs at least two windows to abort', () => {
  const { verdicts } = run(planOf(ERRORS), steady(2, 50, 1_000_000, { ...HEALTHY, errors: 1 }))
  assert.equal(
    verdicts.map(({ verdict }) => verdict),
    ['continue', 'fail'],
  )
})

looks('names the signal that leads where none could abort alone', () => {
  const plan = planOf({ signals: { errorRate: { max: 0.02 }, shadow: {} } })
  const { verdicts } = run(plan, [...steady(1, 10, 1_000), ...steady(2, 10, 10_000, FAILING)])
  const { verdict, signals } = last(verdicts)
  assert.is(verdict, 'fail')
  const { errorRate, errorRateMax } = plan.signals
  assert.ok(signals.errorRate!.logE < errorRate!.budget.harmAt)
  assert.ok(signals.errorRateMax!.logE < errorRateMax!.budget.harmAt)
  assert.is(signals.errorRate?.standing, 'harm')
  assert.is(signals.errorRateMax?.standing, 'open')
})

looks('keeps a failure for good', () => {
  const { verdicts } = run(planOf(ERRORS), [
    ...steady(5, 10, 10_000, FAILING),
    ...steady(40, 30, 10_000, { ...HEALTHY, errors: 0 }),
  ])
  const first = verdicts.findIndex(({ verdict }) => verdict === 'fail')
  assert.ok(first > 0)
  assert.ok(
    verdicts.slice(first).every(({ verdict, reason }) => verdict === 'fail' && reason === verdicts[first]!.reason),
  )
})

looks('keeps a pass for the rest of the step, and only for it', () => {
  const plan = planOf(ERRORS)
  const good = steady(20, 10, 100_000)
  const { verdicts } = run(plan, [...good, ...steady(3, 10, 1_000), ...steady(1, 30, 1_000)])
  assert.is(verdicts[19]?.verdict, 'pass')
  assert.is(verdicts[22]?.verdict, 'pass')
  assert.is(verdicts[23]?.verdict, 'continue')
})

looks('fails after a pass where harm is proved', () => {
  const { verdicts } = run(planOf(ERRORS), [...steady(20, 10, 100_000), ...steady(10, 10, 100_000, FAILING)])
  assert.is(verdicts[19]?.verdict, 'pass')
  assert.is(last(verdicts).verdict, 'fail')
})

looks('does not pass before the soak is over', () => {
  const { verdicts } = run(planOf({ ...ERRORS, step: { soak: '2m' } }), steady(13, 10, 100_000))
  assert.is(verdicts[11]?.verdict, 'continue')
  assert.match(verdicts[11]!.reason, /soak has 10 s left/)
  assert.is(verdicts[12]?.verdict, 'pass')
})

looks('does not pass before the least number of requests has come', () => {
  const policy: PolicyInput = { signals: { errorRate: { margin: 0.5 } }, step: { soak: '0s', minRequests: 5_000 } }
  const { verdicts } = run(planOf(policy), steady(6, 10, 10_000))
  assert.equal(
    verdicts.map(({ verdict }) => verdict),
    ['continue', 'continue', 'continue', 'continue', 'pass', 'pass'],
  )
  assert.is(verdicts[2]?.missing, 2_000)
})

looks('ignores evidence for promotion while the step warms up', () => {
  const { verdicts } = run(planOf({ ...ERRORS, step: { soak: '2m' } }), steady(5, 10, 100_000))
  const promote = verdicts.map(({ signals }) => signals.errorRate!.promote!)
  assert.equal(promote.slice(0, 3), [0, 0, 0])
  assert.ok(promote[3]! > 0)
})

looks('starts evidence for promotion anew with each step, and keeps evidence of harm', () => {
  const slightlyWorse = { ...HEALTHY, errors: 0.02 }
  const { verdicts } = run(planOf(ERRORS), [
    ...steady(10, 10, 3_000, slightlyWorse),
    ...steady(1, 30, 3_000, slightlyWorse),
  ])
  const [before, after] = verdicts.slice(-2).map(({ signals }) => signals.errorRate!)
  assert.not.equal(before!.promote, 0)
  assert.is(after!.promote, 0)
  assert.ok(after!.logE > before!.logE)
})

for (const [onDeadline, expected] of [
  ['inconclusive', 'inconclusive'],
  ['pass', 'pass'],
  ['fail', 'fail'],
] as const) {
  looks(`ends a step that is undecided at its deadline with ${expected}`, () => {
    const policy: PolicyInput = { ...ERRORS, step: { soak: '10s', deadline: '1m', onDeadline } }
    const { verdicts } = run(planOf(policy), steady(7, 10, 100))
    assert.is(verdicts[5]?.verdict, 'continue')
    assert.is(last(verdicts).verdict, expected)
    assert.match(last(verdicts).reason, /deadline of 60 s passed undecided/)
  })
}

looks('may still pass after an inconclusive deadline, when proof comes late', () => {
  const policy: PolicyInput = { ...ERRORS, step: { soak: '10s', deadline: '1m' } }
  const { verdicts } = run(planOf(policy), [...steady(8, 10, 100), ...steady(8, 10, 100_000)])
  assert.is(verdicts[7]?.verdict, 'inconclusive')
  assert.is(last(verdicts).verdict, 'pass')
})

looks('never passes for want of data', () => {
  const windows = steady(30, 10, 100_000).map(({ weight, canary, stable }) => ({
    weight,
    canary: { requests: canary!.requests, errors: canary!.errors! },
    stable: { requests: stable!.requests, errors: stable!.errors! },
  }))
  const policy: PolicyInput = {
    signals: { errorRate: {}, latency: { max: '250ms' }, predictionDrift: {}, shadow: {} },
    step: { soak: '10s', deadline: '3m' },
  }
  const verdict = last(run(planOf(policy), windows).verdicts)
  assert.is(verdict.verdict, 'inconclusive')
  assert.match(
    verdict.reason,
    /no data in this step: latency, latency objective, prediction drift and shadow disagreement/,
  )
  assert.is(verdict.signals.errorRate?.standing, 'cleared')
  for (const name of ['latency', 'latencyMax', 'predictionDrift', 'shadow'] as const) {
    assert.is(verdict.signals[name]?.standing, 'noData')
  }
})

looks('takes an empty window for what it is', () => {
  const empty: Arm = { requests: 0, errors: 0, latency: { le: [0.1, 1], counts: [0, 0, 0] }, predictions: {} }
  const { verdicts } = run(planOf(ALL), [{ weight: 10, canary: empty, stable: empty }, { weight: 10 }])
  assert.is(last(verdicts).verdict, 'continue')
  assert.is(last(verdicts).logE, 0)
})

looks('holds a step back where stable serves nothing below 100 %', () => {
  const windows = steady(30, 10, 100_000).map(({ weight, canary }) => ({ weight, canary: canary! }))
  const verdict = last(run(planOf(ERRORS), windows).verdicts)
  assert.is(verdict.verdict, 'continue')
  assert.is(verdict.signals.errorRate?.standing, 'noData')
})

looks('judges only what can be judged at 100 %', () => {
  const both = run(planOf({ signals: { errorRate: { max: 0.03 } }, step: { soak: '1m' } }), steady(12, 100, 10_000))
  assert.is(last(both.verdicts).verdict, 'pass')
  assert.is(last(both.verdicts).signals.errorRate?.standing, 'notApplicable')
  assert.is(last(both.verdicts).signals.errorRateMax?.standing, 'cleared')
  const none = last(run(planOf(ERRORS), steady(12, 100, 10_000)).verdicts)
  assert.is(none.verdict, 'pass')
  assert.match(
    none.reason,
    /^only the soak and [\d,]+ canary requests were judged; not judged at weight 100: error rate$/,
  )
})

looks('aborts at 100 % for an absolute limit', () => {
  const { verdicts } = run(planOf({ signals: { errorRate: { max: 0.03 } } }), steady(12, 100, 10_000, FAILING))
  assert.is(last(verdicts).verdict, 'fail')
})

looks('waits at weight 100 for no more pairs than the step before left behind', () => {
  const plan = planOf({ signals: { shadow: {} }, step: { soak: '30s', deadline: '30m' } })
  const canary = { requests: 500, errors: 0 }
  const pairs = { pairs: 2_000, disagreements: 1, canaryOnlyErrors: 0, stableOnlyErrors: 0 }
  const windows = [
    ...Array<Omit<Window, 'at'>>(12).fill({ weight: 50, canary, shadow: pairs }),
    { weight: 100, canary, shadow: { ...pairs, pairs: 12, disagreements: 0 } },
    ...Array<Omit<Window, 'at'>>(6).fill({ weight: 100, canary, shadow: { ...pairs, pairs: 0, disagreements: 0 } }),
  ]
  const { verdict, signals } = last(run(plan, windows).verdicts)
  assert.is(verdict, 'pass')
  assert.is(signals.shadow?.standing, 'notApplicable')
})

looks('counts shadow pairs before the canary has traffic', () => {
  const { verdicts } = run(
    planOf(ALL),
    steady(10, 0, 1_000).map((window) => ({ ...window, shadow: { ...PAIRS, disagreements: 40 } })),
  )
  assert.is(last(verdicts).verdict, 'fail')
  assert.match(
    last(verdicts).reason,
    /^the models disagree on 10 % of the same inputs .* decided before the canary had traffic$/,
  )
})

looks('fails on errors that only the canary makes on the same inputs', () => {
  const shadow = { pairs: 400, disagreements: 0, canaryOnlyErrors: 6, stableOnlyErrors: 0 }
  const { verdicts } = run(
    planOf({ signals: { shadow: {} } }),
    Array<Omit<Window, 'at'>>(8).fill({ weight: 10, shadow }),
  )
  assert.is(last(verdicts).verdict, 'fail')
  assert.match(last(verdicts).reason, /same inputs the canary alone fails on \d+, stable alone on 0/)
})

looks('does not wait for paired errors that nobody counts, unless told to', () => {
  const shadow = { pairs: 2_000, disagreements: 1 }
  const windows = Array<Omit<Window, 'at'>>(12).fill({ weight: 10, canary: { requests: 500 }, shadow })
  const step = { soak: '1m' }
  assert.is(last(run(planOf({ signals: { shadow: {} }, step }), windows).verdicts).verdict, 'pass')
  const required = last(run(planOf({ signals: { shadow: { pairedErrors: true } }, step }), windows).verdicts)
  assert.is(required.verdict, 'continue')
  assert.is(required.signals.pairedErrors?.standing, 'noData')
})

looks('excuses an absolute limit while stable breaks it too, if told to', () => {
  const signals = (unlessStableAlsoViolates: boolean) => ({ errorRate: { max: 0.03, unlessStableAlsoViolates } })
  const windows = steady(20, 10, 20_000, FAILING, FAILING)
  assert.is(last(run(planOf({ signals: signals(false) }), windows).verdicts).verdict, 'fail')
  assert.is(last(run(planOf({ signals: signals(true), step: { soak: '1m' } }), windows).verdicts).verdict, 'pass')
})

looks('in guard mode fails on harm and otherwise goes on', () => {
  const plan = planOf({ ...ERRORS, mode: 'guard', step: { soak: '10s', deadline: '1m' } })
  const good = run(plan, steady(30, 10, 100_000)).verdicts
  assert.ok(good.every(({ verdict }) => verdict === 'continue'))
  assert.match(last(good).reason, /^no harm proved/)
  assert.is(last(run(plan, steady(10, 10, 10_000, FAILING)).verdicts).verdict, 'fail')
})

looks('bets on a class that stable never answers', () => {
  const unseen = (window: Omit<Window, 'at'>): Omit<Window, 'at'> => ({
    ...window,
    canary: { requests: 1_000, predictions: { setosa: 400, versicolor: 300, 'iris nova': 300 } },
  })
  const plan = planOf({ signals: { predictionDrift: {} } })
  const verdict = last(run(plan, [...steady(3, 0, 10_000), ...steady(12, 10, 10_000).map(unseen)]).verdicts)
  assert.is(verdict.verdict, 'fail')
  assert.match(verdict.reason, /class iris nova 30 % of the time, stable 0 %/)
})

looks('gives the plan in requests and in time', () => {
  const { verdicts } = run(planOf({ ...ERRORS, step: { soak: '10s' } }), steady(4, 10, 2_000))
  const { missing, missingMs, reason } = last(verdicts)
  assert.ok(missing !== null && missing > 200 && missing < 20_000)
  assert.ok(Math.abs(missingMs! / missing - 10_000 / 200) < 5)
  assert.match(reason, /^needs about [\d,]+ more canary requests, .* at the present rate; open: error rate$/)
})

looks('goes on with coarser buckets where a window lacks a bound', () => {
  const plan = planOf({ signals: { latency: {} }, step: { soak: '1m' } })
  const coarse = (window: Omit<Window, 'at'>): Omit<Window, 'at'> => ({
    ...window,
    canary: { requests: 1_000, latency: { le: [0.05, 0.25], counts: [750, 220, 30] } },
  })
  const { state, verdicts } = run(plan, [
    ...steady(20, 10, 10_000),
    ...steady(5, 10, 10_000).map(coarse),
    ...steady(10, 10, 10_000),
  ])
  assert.equal(state.signals.latency?.layout.bounds, [0.05, 0.25])
  assert.is(last(verdicts).verdict, 'pass', last(verdicts).reason)
})

looks('reduces many buckets to those that matter and keeps the objective', () => {
  const le = Array.from({ length: 60 }, (_, k) => 0.01 * 1.1 ** k)
  const counts = (requests: number) => [...le, 0].map((_, k) => (k > 10 && k < 40 ? Math.round(requests / 29) : 0))
  const arm = (requests: number): Arm => ({ requests, latency: { le, counts: counts(requests) } })
  const { state } = run(planOf({ signals: { latency: { max: '250ms' } } }), [
    { weight: 0, stable: arm(10_000) },
    { weight: 10, canary: arm(1_000), stable: arm(9_000) },
  ])
  const bounds = state.signals.latency!.layout.bounds
  assert.is(bounds.length, 16)
  assert.ok(bounds.some((bound) => Math.abs(bound - 0.25) < 0.02))
})

looks('judges scores by their histogram', () => {
  const arm = (counts: number[]): Arm => ({ requests: 1_000, values: { le: [0.2, 0.4, 0.6, 0.8], counts } })
  for (const distance of ['psi', 'ks', 'w1'] as const) {
    const policy: PolicyInput = {
      signals: { predictionDrift: { of: 'values', distance, max: 0.1 } },
      step: { soak: '1m' },
    }
    const even = arm([200, 200, 200, 200, 200])
    const shifted = arm([50, 50, 100, 300, 500])
    const good = Array<Omit<Window, 'at'>>(30).fill({ weight: 30, canary: even, stable: even })
    const bad = Array<Omit<Window, 'at'>>(30).fill({ weight: 30, canary: shifted, stable: even })
    assert.is(last(run(planOf(policy), good).verdicts).verdict, 'pass')
    assert.is(last(run(planOf(policy), bad).verdicts).verdict, 'fail')
  }
})

looks('learns from stable against itself how much equals differ', () => {
  const burst = (i: number): Omit<Window, 'at'> => ({
    weight: 0,
    stable: evenArm(10_000, HEALTHY),
    aa: {
      canary: { requests: 1_000, errors: i % 5 === 0 ? 50 : 0 },
      stable: { requests: 9_000, errors: 90 },
    },
  })
  const { verdicts } = run(planOf(ERRORS), [
    ...Array.from({ length: 60 }, (_, i) => burst(i)),
    ...steady(1, 10, 10_000),
  ])
  assert.ok(last(verdicts).signals.errorRate!.phi > 10)
})

looks('leaves the state and the window it is given as they were', () => {
  const plan = planOf(ALL)
  const random = new Random('purity')
  let state = deepFreeze(openGate(plan))
  for (const [i, window] of withPairs([
    ...steady(3, 0, 5_000),
    ...steady(10, 10, 5_000),
    ...steady(3, 30, 5_000),
  ]).entries()) {
    const at = new Date(START_MS + 10_000 * i + Math.floor(1_000 * random.uniform())).toISOString()
    state = deepFreeze(look(plan, state, deepFreeze({ ...window, at })).state)
  }
  assert.ok(Object.isFrozen(state))
})

looks('gives the same bytes for the same windows, also when the state was written out between', () => {
  const windows = withPairs([0, 10, 30, 100].flatMap((weight) => steady(15, weight, 3_000)))
  const plan = planOf(ALL)
  const expected = run(plan, windows).verdicts
  let text = JSON.stringify(openGate(plan))
  windows.forEach((window, i) => {
    const at = new Date(START_MS + 10_000 * (i + 1)).toISOString()
    const { state, verdict } = look(plan, JSON.parse(text) as ReturnType<typeof openGate>, { at, ...window })
    assert.is(JSON.stringify(verdict), JSON.stringify(expected[i]))
    text = JSON.stringify(state)
  })
})

looks('writes only finite numbers', () => {
  const course = {
    policy: ALL,
    perSecond: 20,
    canary: FAILING,
    steps: [
      { weight: 0, windows: 3 },
      { weight: 10, windows: 30 },
    ],
  }
  for (const verdict of simulate(course, new Random('finite'))) {
    for (const [name, report] of Object.entries(verdict.signals)) {
      for (const [key, value] of Object.entries(report)) {
        if (typeof value === 'number') assert.ok(Number.isFinite(value), `${name}.${key} is ${value}`)
      }
    }
  }
})

const REFUSED: readonly (readonly [string, readonly Partial<Window>[], RegExp])[] = [
  [
    'a time that is none',
    [{ at: 'yesterday' }],
    /^Cannot use window: at: expected a time such as .*, received "yesterday"$/,
  ],
  [
    'a time before the last',
    [{ at: '2026-01-01T00:00:10Z' }, { at: '2026-01-01T00:00:09Z' }],
    /^Cannot use window: at: expected a time not before 2026-01-01T00:00:10\.000Z, received "2026-01-01T00:00:09Z"$/,
  ],
  [
    'arms without a common latency bound',
    [
      {
        canary: { requests: 1, latency: { le: [0.1, 0.3], counts: [1, 0, 0] } },
        stable: { requests: 1, latency: { le: [0.2, 0.4], counts: [1, 0, 0] } },
      },
    ],
    /window at .*: canary\.latency\.le: expected a bound in common with 0\.2, 0\.4, received 0\.1, 0\.3$/,
  ],
  [
    'latency bounds that leave the objective out',
    [{ canary: { requests: 1, latency: { le: [0.01, 0.1], counts: [1, 0, 0] } } }],
    /canary\.latency\.le: expected bounds around the objective 0\.25 \(signals\.latency\.max\), received bounds from 0\.01 to 0\.1$/,
  ],
  [
    'latency bounds that are no times',
    [{ stable: { requests: 1, latency: { le: [0, 0.1], counts: [1, 0, 0] } } }],
    /stable\.latency\.le: expected bounds above 0, received 0$/,
  ],
]

for (const [what, windows, message] of REFUSED) {
  looks(`refuses ${what}`, () => {
    const plan = planOf(ALL)
    let state = openGate(plan)
    assert.throws(() => {
      for (const window of windows)
        state = look(plan, state, { at: '2026-01-01T00:00:00Z', weight: 10, ...window }).state
    }, message)
  })
}

looks('refuses histograms of values without a common bound', () => {
  const plan = planOf({ signals: { predictionDrift: { of: 'values' } } })
  const window: Window = {
    at: '2026-01-01T00:00:00Z',
    weight: 10,
    canary: { requests: 1, values: { le: [1], counts: [1, 0] } },
    stable: { requests: 1, values: { le: [2], counts: [1, 0] } },
  }
  assert.throws(
    () => look(plan, openGate(plan), window),
    /canary\.values\.le: expected a bound in common with 2, received 1$/,
  )
})

looks.run()
