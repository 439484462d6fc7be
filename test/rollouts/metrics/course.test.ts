import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { awaitedStep, courseOf, weightAt, type RunFacts } from '#metrics'

const STEPS = [10, null, 30, null, null, 100, null]

function step(stepIndex: number, createdMs: number, changes: Partial<RunFacts> = {}): RunFacts {
  return {
    name: `run-${stepIndex}-${createdMs}`,
    revision: '2',
    type: 'step',
    stepIndex,
    createdMs,
    phase: 'Successful',
    ...changes,
  }
}

const background = (createdMs: number): RunFacts =>
  step(0, createdMs, { name: `guard-${createdMs}`, type: 'background', stepIndex: null })

const course = suite('courseOf()')

course('begins with the first run, at the weight of its step', () => {
  assert.equal(courseOf([], STEPS, step(1, 1_000)), { fromMs: 1_000, weights: [{ fromMs: 1_000, weight: 10 }] })
})

course('changes the weight with each step that sets another', () => {
  const runs = [step(3, 2_000), step(1, 1_000)]
  assert.equal(courseOf(runs, STEPS, step(6, 5_000)), {
    fromMs: 1_000,
    weights: [
      { fromMs: 1_000, weight: 10 },
      { fromMs: 2_000, weight: 30 },
      { fromMs: 5_000, weight: 100 },
    ],
  })
})

course('keeps the weight for a second analysis of the same one', () => {
  assert.equal(courseOf([step(3, 2_000)], STEPS, step(4, 3_000)).weights, [{ fromMs: 2_000, weight: 30 }])
})

course('begins with the guard, which is there before the first step', () => {
  assert.equal(courseOf([background(500)], STEPS, step(1, 1_000)), {
    fromMs: 500,
    weights: [{ fromMs: 500, weight: 10 }],
  })
})

/** Steps whose first gate waits before any weight is set. */
const LATER = [null, null, 10, null, 50, null]

course('is at weight 0 while a gate waits there, and has the first weight from the start on afterwards', () => {
  const gate = (phase: string) => step(1, 1_000, { phase })
  const guard = background(500)
  assert.equal(courseOf([gate('Running')], LATER, guard).weights, [
    { fromMs: 500, weight: 10 },
    { fromMs: 1_000, weight: 0 },
  ])
  for (const phase of ['Successful', 'Inconclusive'])
    assert.equal(courseOf([gate(phase)], LATER, guard).weights, [{ fromMs: 500, weight: 10 }])
  assert.equal(courseOf([gate('Successful'), guard], LATER, step(3, 9_000)).weights, [{ fromMs: 500, weight: 10 }])
})

course('begins anew after a guard that failed, whose gate was ended as if nothing had been wrong', () => {
  const failed = { ...background(500), phase: 'Failed' }
  const runs = [failed, step(1, 1_000), background(8_000)]
  assert.is(courseOf(runs, STEPS, step(1, 8_100)).fromMs, 8_000)
  assert.is(courseOf([{ ...failed, phase: 'Successful' }, ...runs.slice(1)], STEPS, step(1, 8_100)).fromMs, 500)
})

course('is the same whoever of the two asks', () => {
  const [guard, gate] = [background(500), step(1, 500)]
  assert.equal(courseOf([gate], STEPS, guard), courseOf([guard], STEPS, gate))
})

course('goes on when a person resumed an undecided step', () => {
  const runs = [step(1, 1_000), step(3, 2_000, { phase: 'Inconclusive' })]
  assert.is(courseOf(runs, STEPS, step(3, 9_000)).fromMs, 1_000)
})

for (const [what, again] of [
  ['an earlier step', step(1, 9_000)],
  ['the step that failed', step(3, 9_000)],
] as const) {
  course(`begins anew when an aborted revision is tried again from ${what}`, () => {
    const runs = [background(500), step(1, 1_000), step(3, 2_000, { phase: 'Failed' }), background(8_000)]
    assert.is(courseOf(runs, STEPS, again).fromMs, 8_000)
  })
}

course('leaves out runs of another revision of the same template', () => {
  assert.is(courseOf([step(1, 10, { revision: '1' })], STEPS, step(1, 1_000)).fromMs, 1_000)
})

course('counts the asking run once, listed or not', () => {
  const current = step(1, 1_000)
  assert.equal(courseOf([current], STEPS, current), courseOf([], STEPS, current))
})

course.run()

const awaited = suite('awaitedStep()')

awaited('is the own step of a run, since the run was made, whatever the clock says', () => {
  const current = step(3, 9_000)
  const runs = [step(1, 1_000)]
  assert.equal(awaitedStep(courseOf(runs, STEPS, current), STEPS, current), { weight: 30, sinceMs: 9_000 })
  const first = step(1, 1_000)
  assert.equal(awaitedStep(courseOf([], LATER, first), LATER, first), { weight: 0, sinceMs: 1_000 })
})

awaited('is the present step for a guard', () => {
  const guard = background(500)
  const found = courseOf([step(1, 1_000), step(3, 2_000)], STEPS, guard)
  assert.equal(awaitedStep(found, STEPS, guard), { weight: 30, sinceMs: 2_000 })
})

awaited.run()

const weight = suite('weightAt()')

weight('is 0 before the start and the last one set after it', () => {
  const found = courseOf([step(1, 1_000)], STEPS, step(3, 2_000))
  assert.equal(
    [999, 1_000, 1_999, 2_000, 9_999].map((at) => weightAt(found, at)),
    [0, 10, 10, 30, 30],
  )
})

weight.run()
