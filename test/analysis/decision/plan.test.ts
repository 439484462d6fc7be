import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { InputError } from '#faults'
import { near } from './near.ts'
import { planOf } from './traffic.ts'

const test = suite('planGate()')

test('divides the budget over the configured signals', () => {
  const { signals, needed } = planOf({ signals: { errorRate: { max: 0.01 }, predictionDrift: {} } })
  const shares = [signals.errorRate, signals.errorRateMax, signals.predictionDrift].map((plan) => plan!.budget.share)
  near(
    shares.reduce((sum, share) => sum + share, 0),
    1,
  )
  near(shares[0]!, 0.25 / 0.5)
  near(needed, Math.log(100))
  near(signals.errorRate!.budget.harmAt, Math.log(100 / shares[0]!))
  assert.is(signals.latency, undefined)
})

test('takes tolerances from the policy, else from the profile', () => {
  const signals = { errorRate: {}, latency: {} }
  assert.is(planOf({ signals }).signals.errorRate?.tolerance, 1.25)
  assert.is(planOf({ signals }).signals.latency?.tolerance, 1.05)
  assert.is(planOf({ strict: true, signals }).signals.errorRate?.tolerance, 1)
  assert.is(planOf({ strict: true, signals }).signals.latency?.tolerance, 1)
  assert.is(planOf({ strict: true, signals: { errorRate: { tolerance: 2 } } }).signals.errorRate?.tolerance, 2)
})

test('warms up for a quarter of the soak, at most 30 s', () => {
  assert.is(planOf({ signals: { shadow: {} }, step: { soak: '2s' } }).step.warmUpMs, 500)
  assert.is(planOf({ signals: { shadow: {} }, step: { soak: '1h' } }).step.warmUpMs, 30_000)
})

test('is frozen', () => {
  const plan = planOf({ signals: { errorRate: { max: 0.01 } } })
  assert.ok(Object.isFrozen(plan))
  assert.ok(Object.isFrozen(plan.signals.errorRateMax?.harm.logEvent))
})

for (const distance of ['tv', 'js', 'hellinger', 'ks', 'w1'] as const) {
  test(`refuses ${distance} without a limit`, () => {
    assert.throws(
      () => planOf({ signals: { predictionDrift: { distance } } }),
      (error: unknown) =>
        error instanceof InputError &&
        error.message ===
          `Cannot use policy: signals.predictionDrift.max: expected a limit for ${distance}, received nothing`,
    )
  })
}

test('refuses a limit that no distance can exceed', () => {
  assert.throws(
    () => planOf({ signals: { predictionDrift: { distance: 'tv', max: 1 } } }),
    /^Cannot use policy: signals\.predictionDrift\.max: expected a limit below 1, the largest tv there is, received 1$/,
  )
})

test.run()
