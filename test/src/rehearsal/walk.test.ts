import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { VerdictKind } from '#decision'
import type { PlannedStep, StepAction } from '../../../src/rehearsal/planned-step.ts'
import {
  advance,
  beginWalk,
  declineWalk,
  endWalk,
  holdEndMs,
  type Decision,
  type Walk,
} from '../../../src/rehearsal/walk.ts'

const HOLD: StepAction = { kind: 'hold', durationMs: 1_000 }

function plan(...steps: readonly (readonly [number, StepAction | StepAction['kind']])[]): PlannedStep[] {
  return steps.map(([weight, action], index) => ({
    index,
    title: `step ${index}`,
    weight,
    action: typeof action === 'string' ? ({ kind: action } as StepAction) : action,
  }))
}

const decide = (verdict: VerdictKind, weight: number, atMs: number): Decision => ({ verdict, weight, atMs })
const states = ({ steps }: Walk) => steps.map(({ state }) => state).join(' ')

const begin = suite('beginWalk()')

begin('takes weights at once and stops at the first step that takes time', () => {
  const walk = beginWalk(plan([10, 'weight'], [10, 'passOver'], [10, HOLD], [30, 'weight']), 500)
  assert.is(states(walk), 'passed skipped running waiting')
  assert.is(walk.weight, 10)
  assert.is(walk.weightSinceMs, 500)
  assert.equal(walk.steps[2], {
    index: 2,
    title: 'step 2',
    weight: 10,
    state: 'running',
    startedMs: 500,
    finishedMs: null,
  })
})

begin('promotes at once where nothing takes time', () => {
  const walk = beginWalk(plan([10, 'weight']), 0)
  assert.is(walk.outcome, 'promoted')
  assert.is(walk.weight, 100)
})

begin.run()

const decline = suite('declineWalk()')

decline('reaches no step', () => {
  const walk = declineWalk(plan([10, 'weight'], [10, HOLD]), 3_000, 'aborted')
  assert.is(walk.outcome, 'aborted')
  assert.is(walk.weight, 0)
  assert.ok(walk.steps.every(({ state, startedMs }) => state === 'skipped' && startedMs === null))
  assert.is(holdEndMs(walk), null)
})

decline.run()

const test = suite('advance()')

test('holds for its duration, whatever passes, and then goes on', () => {
  const start = beginWalk(plan([10, 'weight'], [10, HOLD], [30, 'weight'], [30, 'gate']), 0)
  assert.is(holdEndMs(start), 1_000)
  const early = advance(start, 999, decide('pass', 10, 900))
  assert.is(states(early), 'passed running waiting waiting')
  const late = advance(early, 1_000, null)
  assert.is(states(late), 'passed passed passed running')
  assert.is(late.weight, 30)
  assert.is(holdEndMs(late), null)
})

test('opens a gate for a pass on evidence of its own weight', () => {
  const start = beginWalk(plan([10, 'weight'], [10, 'gate'], [30, 'weight'], [30, 'gate']), 0)
  const second = advance(start, 3_000, decide('pass', 10, 2_900))
  assert.is(states(second), 'passed passed passed running')
  assert.is(second.gatesPassed, 1)
  assert.is(states(advance(second, 4_000, decide('pass', 10, 3_900))), 'passed passed passed running')
  assert.is(states(advance(second, 4_000, decide('pass', 30, 3_000))), 'passed passed passed running')
  assert.is(advance(second, 4_000, decide('pass', 30, 3_900)).outcome, 'promoted')
})

test('opens all gates of one weight with one pass', () => {
  const start = beginWalk(plan([10, 'weight'], [10, 'gate'], [10, 'gate']), 0)
  const walk = advance(start, 2_000, decide('pass', 10, 1_900))
  assert.is(walk.outcome, 'promoted')
  assert.is(walk.gatesPassed, 2)
})

test('keeps the evidence where a step repeats the weight', () => {
  const start = beginWalk(plan([10, 'weight'], [10, 'gate'], [10, 'weight'], [10, 'gate']), 0)
  assert.is(advance(start, 2_000, decide('pass', 10, 1_900)).outcome, 'promoted')
})

for (const step of ['gate', HOLD] as const) {
  test(`aborts in a ${typeof step === 'string' ? step : step.kind} as soon as harm is proven`, () => {
    const start = beginWalk(plan([10, 'weight'], [10, step], [30, 'weight']), 0)
    const walk = advance(start, 500, decide('fail', 10, 400))
    assert.is(walk.outcome, 'aborted')
    assert.is(states(walk), 'passed failed skipped')
    assert.is(walk.weight, 0)
  })
}

test('aborts for harm that was proven at an earlier weight', () => {
  const start = beginWalk(plan([10, 'weight'], [10, HOLD], [30, 'weight'], [30, 'gate']), 0)
  assert.is(advance(advance(start, 1_000, null), 1_500, decide('fail', 10, 900)).outcome, 'aborted')
})

test('ends undecided at a gate, not in a hold', () => {
  const start = beginWalk(plan([10, 'weight'], [10, HOLD], [10, 'gate'], [30, 'weight']), 0)
  const held = advance(start, 500, decide('inconclusive', 10, 400))
  assert.is(held.outcome, null)
  const walk = advance(held, 1_000, decide('inconclusive', 10, 900))
  assert.is(walk.outcome, 'inconclusive')
  assert.is(states(walk), 'passed passed inconclusive skipped')
  assert.is(walk.weight, 10)
})

test('waits as long as a verdict says so', () => {
  const start = beginWalk(plan([10, 'weight'], [10, 'gate']), 0)
  assert.is(advance(start, 1e9, decide('continue', 10, 1e9 - 1)).outcome, null)
})

test('stays where it ended', () => {
  const walk = advance(beginWalk(plan([10, 'weight'], [10, 'gate']), 0), 500, decide('fail', 10, 400))
  assert.is(advance(walk, 900, decide('pass', 10, 800)), walk)
})

test('leaves the walk it was given as it was', () => {
  const start = beginWalk(plan([10, 'weight'], [10, 'gate'], [30, 'weight'], [30, 'gate']), 0)
  const before = JSON.stringify(start)
  advance(start, 500, decide('pass', 10, 400))
  assert.is(JSON.stringify(start), before)
})

test.run()

const end = suite('endWalk()')

end('ends a walk in the middle', () => {
  const walk = endWalk(beginWalk(plan([10, 'weight'], [10, 'gate'], [30, 'weight']), 0), 700, 'inconclusive')
  assert.is(states(walk), 'passed inconclusive skipped')
  assert.is(walk.steps[1]?.finishedMs, 700)
})

end.run()
