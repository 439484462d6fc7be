// A small part of the calibration: seeded rollouts that show the guarantees and the power of the whole gate.
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Verdict } from '#decision'
import { Random } from '../../support/random.ts'
import { HEALTHY, planOf, simulate, type Behaviour, type Course, type PolicyInput } from './traffic.ts'

const RAMP = [
  { weight: 0, windows: 6 },
  { weight: 10, windows: 12 },
  { weight: 30, windows: 12 },
  { weight: 50, windows: 12 },
]

/** Last verdicts of seeded rollouts. */
function repeat(runs: number, seed: string, course: Course): Verdict[] {
  const plan = planOf(course.policy)
  const random = new Random(seed)
  return Array.from({ length: runs }, (_, run) => simulate(course, random.fork(run), plan).at(-1)!)
}

/** So many successes at most, if each has this probability: three standard errors above the mean. */
function most(runs: number, probability: number): number {
  return runs * probability + 3 * Math.sqrt(runs * probability * (1 - probability))
}

const aborts = suite('false aborts')

const STRICT: PolicyInput = {
  falseAbort: 0.1,
  strict: true,
  mode: 'guard',
  signals: {
    errorRate: { max: 0.01 },
    latency: { max: '250ms', quantile: 0.97 },
    predictionDrift: { equality: true },
    shadow: { maxDisagreement: 0.02 },
  },
}

for (const [what, course] of [
  ['every limit met exactly, 20 requests a second', { perSecond: 20, shadow: { pairs: 100, disagreement: 0.02 } }],
  ['every limit met exactly, 300 requests a second', { perSecond: 300, shadow: { pairs: 500, disagreement: 0.02 } }],
  ['stable at twice the errors of the canary', { perSecond: 100, stable: { ...HEALTHY, errors: 0.02 } }],
] as const) {
  aborts(`stay within 10 % of 120 rollouts: ${what}`, () => {
    const verdicts = repeat(120, `false aborts, ${what}`, { policy: STRICT, steps: RAMP, canary: HEALTHY, ...course })
    const failed = verdicts.filter(({ verdict }) => verdict === 'fail').length
    assert.ok(failed <= most(120, 0.1), `${failed} of 120`)
  })
}

aborts('stay within 10 % of 120 rollouts: PSI just inside its limit', () => {
  // 0.45 against 0.65 and 0.35 against 0.25, 0.2 against 0.1: PSI 0.176 of 0.18.
  const policy: PolicyInput = { falseAbort: 0.1, mode: 'guard', signals: { predictionDrift: { max: 0.18 } } }
  const canary: Behaviour = { ...HEALTHY, classes: [0.45, 0.35, 0.2] }
  const stable: Behaviour = { ...HEALTHY, classes: [0.65, 0.25, 0.1] }
  const verdicts = repeat(120, 'false aborts, psi', { policy, steps: RAMP, perSecond: 200, canary, stable })
  const failed = verdicts.filter(({ verdict }) => verdict === 'fail').length
  assert.ok(failed <= most(120, 0.1), `${failed} of 120`)
})

aborts.run()

const power = suite('power')

const DEFAULT: PolicyInput = { signals: { errorRate: {}, latency: {}, predictionDrift: {}, shadow: {} } }
const SLOWER = [0.1, 0.2, 0.25, 0.25, 0.12, 0.05, 0.02, 0.01]

for (const [what, seconds, change] of [
  ['errors of 5 % instead of 1 %', 80, { canary: { ...HEALTHY, errors: 0.05 } }],
  ['slower requests', 80, { canary: { ...HEALTHY, latency: SLOWER } }],
  ['other predictions', 120, { canary: { ...HEALTHY, classes: [0.2, 0.3, 0.5] } }],
  ['disagreement of 3 % against 1 %', 60, { canary: HEALTHY, shadow: { pairs: 200, disagreement: 0.03 } }],
] as const) {
  power(`aborts ${what} at 10 % of 100 requests a second, in the median of 21 rollouts within ${seconds} s`, () => {
    const steps = [
      { weight: 0, windows: 6 },
      { weight: 10, windows: 60 },
    ]
    const random = new Random(`power, ${what}`)
    const plan = planOf(DEFAULT)
    const windows = Array.from({ length: 21 }, (_, run) => {
      const verdicts = simulate({ policy: DEFAULT, steps, perSecond: 100, ...change }, random.fork(run), plan)
      return verdicts.at(-1)!.verdict === 'fail' ? verdicts.length - 6 : Infinity
    }).sort((a, b) => a - b)
    assert.ok(10 * windows[10]! <= seconds, windows.join(' '))
  })
}

power.run()

const promotions = suite('false promotions')

/** A step in which the canary is exactly at the margin of one signal. */
const MARGINAL: readonly (readonly [string, PolicyInput['signals'], Partial<Course>])[] = [
  ['errors at 1.25 times stable plus 0.5 %', { errorRate: {} }, { canary: { ...HEALTHY, errors: 0.0175 } }],
  ['errors at the limit', { errorRate: { max: 0.01, margin: 0.5 } }, { canary: HEALTHY }],
  [
    'slow requests at 1.25 times stable plus 0.5 %',
    { latency: { tolerance: 1, max: '250ms' } },
    // Above 250 ms: 3 % of stable's requests, 4.25 % of the canary's.
    { canary: { ...HEALTHY, latency: [0.1875, 0.3, 0.25, 0.15, 0.07, 0.0325, 0.008, 0.002] } },
  ],
  ['slow requests at the objective', { latency: { quantile: 0.97, max: '250ms', tolerance: 3 } }, { canary: HEALTHY }],
  [
    'PSI at its limit',
    { predictionDrift: { max: 0.17 } },
    // PSI 0.1747.
    { canary: { ...HEALTHY, classes: [0.45, 0.35, 0.2] }, stable: { ...HEALTHY, classes: [0.65, 0.25, 0.1] } },
  ],
  [
    'disagreement at its limit',
    { shadow: { pairedErrors: false } },
    { canary: HEALTHY, shadow: { pairs: 200, disagreement: 0.01 } },
  ],
]

for (const [what, signals, course] of MARGINAL) {
  promotions(`stay within 5 % of 100 steps: ${what}`, () => {
    const policy: PolicyInput = { falseAbort: 1e-6, signals, step: { soak: '10s', deadline: '1h' } }
    const steps = [
      { weight: 0, windows: 3 },
      { weight: 30, windows: 40 },
    ]
    const verdicts = repeat(100, `false promotions, ${what}`, {
      policy,
      steps,
      perSecond: 100,
      canary: HEALTHY,
      ...course,
    })
    const passed = verdicts.filter(({ verdict }) => verdict === 'pass').length
    assert.ok(passed <= most(100, 0.05), `${passed} of 100`)
  })
}

promotions('leave room for true ones: a healthy canary passes the same step', () => {
  const policy: PolicyInput = { ...DEFAULT, step: { soak: '10s', deadline: '1h' } }
  const steps = [
    { weight: 0, windows: 6 },
    { weight: 30, windows: 80 },
  ]
  const verdicts = repeat(10, 'true promotions', {
    policy,
    steps,
    perSecond: 100,
    canary: HEALTHY,
    shadow: { pairs: 200, disagreement: 0.003 },
  })
  assert.ok(
    verdicts.filter(({ verdict }) => verdict === 'pass').length >= 9,
    verdicts.map(({ reason }) => reason).join('\n'),
  )
})

promotions.run()
