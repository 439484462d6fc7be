import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Window } from '#decision'
import {
  compareRates,
  openRateComparison,
  plannedGrowth,
  reportRateComparison,
} from '../../../analysis/decision/rate-comparison.ts'
import { near } from './near.ts'
import { planOf } from './traffic.ts'

const test = suite('compareRates()')
const plan = planOf({ signals: { errorRate: {} } }).signals.errorRate!
const MOMENT = { step: 1, history: false, warm: true, lastsMs: 10_000 }

function window(canary: readonly [number, number], stable: readonly [number, number]): Window {
  return {
    at: '2026-01-01T00:00:00Z',
    weight: 10,
    canary: { requests: canary[0], errors: canary[1] },
    stable: { requests: stable[0], errors: stable[1] },
  }
}

test('compares at the same time, whatever the baseline and the split do', () => {
  // Both arms fail alike, 1 % while the canary is small and 4 % while it is large: pooled, stable would look better.
  const first = compareRates(plan, openRateComparison(), window([100, 1], [9_900, 99]), MOMENT)
  const second = compareRates(plan, first, window([5_000, 200], [5_000, 200]), { ...MOMENT, step: 2 })
  const report = reportRateComparison(plan, second, 'applicable')
  near(report.canary!, 201 / 5_100)
  near(report.stable!, 201 / 5_100)
  assert.ok(report.logE < 0)
})

test('leaves out windows without errors or requests of both arms', () => {
  const state = openRateComparison()
  const entered = compareRates(plan, state, window([0, 0], [900, 9]), MOMENT)
  assert.is(entered.step.stableRequests, 0)
  const unmeasured: Window = {
    at: '2026-01-01T00:00:00Z',
    weight: 10,
    canary: { requests: 9 },
    stable: { requests: 9 },
  }
  assert.is(compareRates(plan, entered, unmeasured, MOMENT).step.canaryRequests, 0)
})

test.run()

const growth = suite('plannedGrowth()')

growth('is known only when both arms had requests', () => {
  const none = { canaryRequests: 0, stableRequests: 900, canaryEvents: 0, stableEvents: 9 }
  assert.is(plannedGrowth(none, 1.25, 0.005), 0)
  assert.ok(plannedGrowth({ ...none, canaryRequests: 100, canaryEvents: 1 }, 1.25, 0.005) > 0.0005)
})

growth.run()
