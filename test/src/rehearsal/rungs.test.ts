import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { StepRecord } from '../../../src/rehearsal/record.ts'
import { rungsOf } from '../../../src/rehearsal/rungs.ts'
import { exampleSteps } from '../../support/rehearsal-example.ts'

const test = suite('rungsOf()')

test('puts the steps of one weight together', () => {
  const rungs = rungsOf(exampleSteps())
  assert.equal(
    rungs.map(({ weight, state, startedMs, finishedMs }) => [weight, state, startedMs, finishedMs]),
    [
      [10, 'passed', 5_000, 11_000],
      [30, 'running', 11_000, null],
      [50, 'waiting', null, null],
      [100, 'waiting', null, null],
    ],
  )
  assert.equal(
    rungs.map(({ steps }) => steps.length),
    [3, 3, 3, 3],
  )
})

test('keeps a weight that comes again as a rung of its own', () => {
  const steps = [10, 50, 10].map((weight, index) => step({ index, weight }))
  assert.equal(
    rungsOf(steps).map(({ weight }) => weight),
    [10, 50, 10],
  )
})

for (const [states, expected] of [
  [['passed', 'passed'], 'passed'],
  [['passed', 'running'], 'running'],
  [['passed', 'waiting'], 'running'],
  [['waiting', 'waiting'], 'waiting'],
  [['passed', 'failed', 'skipped'], 'failed'],
  [['passed', 'inconclusive', 'skipped'], 'inconclusive'],
  [['skipped', 'skipped'], 'skipped'],
  [['passed', 'skipped'], 'passed'],
] as const) {
  test(`of steps that are ${states.join(', ')} is ${expected}`, () => {
    assert.is(rungsOf(states.map((state, index) => step({ index, state })))[0]?.state, expected)
  })
}

test('ends with the step that failed', () => {
  const steps = [
    step({ index: 0, state: 'passed', startedMs: 1, finishedMs: 2 }),
    step({ index: 1, state: 'failed', startedMs: 2, finishedMs: 9 }),
    step({ index: 2, state: 'skipped' }),
  ]
  assert.is(rungsOf(steps)[0]?.finishedMs, 9)
})

test('is empty without steps', () => {
  assert.equal(rungsOf([]), [])
})

test.run()

function step(changes: Partial<StepRecord>): StepRecord {
  return { index: 0, title: 'pause', weight: 10, state: 'waiting', startedMs: null, finishedMs: null, ...changes }
}
