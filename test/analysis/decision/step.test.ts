import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { advanceStep, warmUpMs, type Step } from '../../../analysis/decision/step.ts'

const test = suite('advanceStep()')

/** The step after windows of 100 requests and 10 pairs, 10 s apart. */
function walk(weights: readonly number[]): Step | null {
  return weights.reduce<Step | null>(
    (step, weight, i) => advanceStep(step, weight, 10_000 * i, { canaryRequests: 100, pairs: 10 }),
    null,
  )
}

test('counts from the first window at a weight', () => {
  assert.equal(walk([10, 10, 10]), {
    number: 1,
    weight: 10,
    startMs: 0,
    canaryRequests: 300,
    timedRequests: 200,
    pairs: 30,
    passed: null,
  })
})

test('numbers the time before the canary has traffic 0', () => {
  assert.is(walk([0, 0])?.number, 0)
  assert.is(walk([0, 0, 10])?.number, 1)
  assert.is(walk([0, 10, 30, 30, 50])?.number, 3)
})

test('begins anew where the weight changes', () => {
  const step = walk([10, 10, 30])
  assert.is(step?.startMs, 20_000)
  assert.is(step?.canaryRequests, 100)
})

test.run()

const warmUp = suite('warmUpMs()')

warmUp('is a quarter of the soak, at most 30 s', () => {
  assert.is(warmUpMs(0), 0)
  assert.is(warmUpMs(2_000), 500)
  assert.is(warmUpMs(120_000), 30_000)
  assert.is(warmUpMs(3_600_000), 30_000)
})

warmUp.run()
