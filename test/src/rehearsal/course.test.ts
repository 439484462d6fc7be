import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { decisionPolicySchema, look, openGate, planGate, type Window } from '#decision'
import { Course } from '../../../src/rehearsal/course.ts'
import type { PlannedStep } from '../../../src/rehearsal/planned-step.ts'
import { reachedWeight } from '../../../src/rehearsal/report/overview.ts'
import { Random } from '../../support/random.ts'
import { examplePolicy, exampleShadow } from '../../support/rehearsal-example.ts'
import { drawWindow, type Behaviour } from '../../support/synthetic-traffic.ts'

const T0 = Date.UTC(2026, 0, 1)
const INTERVAL_MS = 1_000

const STABLE: Behaviour = {
  errors: 0.003,
  medianSeconds: 0.0021,
  classes: { setosa: 0.34, versicolor: 0.33, virginica: 0.33 },
}

const PLAN = planGate(examplePolicy())

function ladder(...weights: readonly number[]): PlannedStep[] {
  return weights.flatMap((weight, rung): PlannedStep[] => [
    { index: 2 * rung, title: `setWeight ${weight}`, weight, action: { kind: 'weight' } },
    { index: 2 * rung + 1, title: 'analysis gate', weight, action: { kind: 'gate' } },
  ])
}

function course(steps: readonly PlannedStep[], plan = PLAN): Course {
  return new Course({
    rollout: 'iris',
    title: 'candidate.onnx',
    stable: { model: 'stable.onnx', podTemplateHash: 'bcdfghjklm' },
    canary: { model: 'candidate.onnx', podTemplateHash: 'npqrstvwxz' },
    plan,
    steps,
    latencyQuantile: 0.95,
    intervalMs: INTERVAL_MS,
    startedMs: T0,
    notes: ['a note'],
  })
}

/** Five windows of history, then windows of 600 requests at the course's own weight until it ends or time is up. */
function run(subject: Course, canary: Behaviour, seed: string, most = 120): Window[] {
  const random = new Random(seed)
  const windows: Window[] = []
  subject.beginHistory()
  for (let k = 1; k <= most && subject.outcome === null; k++) {
    const atMs = T0 + k * INTERVAL_MS
    const window = drawWindow(
      new Date(atMs).toISOString(),
      subject.weightAt(atMs),
      600,
      { stable: STABLE, canary },
      random,
    )
    windows.push(window)
    subject.take(window, atMs + 5)
    subject.wait(atMs + 5)
    if (k === 5) subject.beginSteps(atMs + 6)
  }
  return windows
}

const test = suite('Course')

test('promotes a good candidate through all steps', () => {
  const subject = course(ladder(10, 30, 50, 100))
  run(subject, STABLE, 'good')
  const record = subject.record(T0 + 60_000)
  assert.is(record.outcome, 'promoted', record.reason)
  assert.is(record.weight, 100)
  assert.is(record.phase, 'finished')
  assert.ok(record.steps.every(({ state }) => state === 'passed'))
  assert.match(record.reason, 'proved after')
  assert.equal(record.notes, ['a note'])
})

for (const [name, change] of [
  ['failing', { errors: 0.06 }],
  ['slow', { medianSeconds: 0.006 }],
  ['drifted', { classes: { setosa: 0.33, versicolor: 0.09, virginica: 0.58 } }],
] as const) {
  test(`aborts a ${name} candidate at its first step`, () => {
    const subject = course(ladder(10, 30))
    run(subject, { ...STABLE, ...change }, name)
    const record = subject.record(T0)
    assert.is(record.outcome, 'aborted', record.reason)
    assert.is(record.weight, 0)
    assert.equal(
      record.steps.map(({ state }) => state),
      ['passed', 'failed', 'skipped', 'skipped'],
    )
    assert.is(record.reason, record.looks.at(-1)?.verdict.reason)
  })
}

test('stops before the first user a candidate that answers otherwise', () => {
  const policy = decisionPolicySchema.parse({ signals: { shadow: { maxDisagreement: 0.02 } } })
  const subject = course(ladder(10, 30), planGate(policy))
  subject.beginHistory()
  const random = new Random('swapped')
  for (let k = 1; k <= 5 && subject.outcome === null; k++) {
    const at = new Date(T0 + k * INTERVAL_MS).toISOString()
    const window = drawWindow(at, 0, 600, { stable: STABLE, canary: STABLE }, random)
    subject.take({ ...window, shadow: { pairs: 500, disagreements: 330 } }, T0 + k * INTERVAL_MS)
  }
  const record = subject.record(T0 + 5_000)
  assert.is(record.outcome, 'aborted')
  assert.is(reachedWeight(record), 0)
  assert.ok(record.steps.every(({ state }) => state === 'skipped'))
  assert.match(record.reason, /^the models disagree on 66 % .* decided before the canary had traffic$/)
  assert.is(record.shadow, null)
  subject.compare(exampleShadow())
  assert.is(subject.record(T0).shadow?.disagreements, 788)
})

test('ends undecided at the deadline', () => {
  const subject = course(ladder(10))
  const random = new Random('too few')
  subject.beginSteps(T0)
  for (let k = 1; k <= 90 && subject.outcome === null; k++) {
    const at = new Date(T0 + k * INTERVAL_MS).toISOString()
    subject.take(drawWindow(at, 10, 10, { stable: STABLE, canary: STABLE }, random), T0 + k * INTERVAL_MS)
  }
  const record = subject.record(T0 + 90_000)
  assert.is(record.outcome, 'inconclusive')
  assert.match(record.reason, 'the deadline of 60 s passed')
})

test('decides as its recorded windows alone do', () => {
  const subject = course(ladder(10, 30, 50, 100))
  const windows = run(subject, STABLE, 'replay')
  let state = openGate(PLAN)
  const verdicts = windows.map((window) => {
    const answer = look(PLAN, state, window)
    state = answer.state
    return answer.verdict
  })
  assert.equal(
    subject.record(T0).looks.map(({ verdict }) => verdict),
    verdicts,
  )
})

test('labels windows with the weight that traffic had', () => {
  const subject = course([
    { index: 0, title: 'setWeight 10', weight: 10, action: { kind: 'weight' } },
    { index: 1, title: 'pause 2 s', weight: 10, action: { kind: 'hold', durationMs: 2_000 } },
    { index: 2, title: 'setWeight 30', weight: 30, action: { kind: 'weight' } },
    { index: 3, title: 'pause 2 s', weight: 30, action: { kind: 'hold', durationMs: 2_000 } },
  ])
  subject.beginSteps(T0 + 1_000)
  assert.is(subject.weight, 10)
  assert.is(subject.holdEndMs, T0 + 3_000)
  subject.wait(T0 + 3_000)
  assert.is(subject.weight, 30)
  assert.equal(
    [1_000, 1_001, 3_000, 3_001].map((ms) => subject.weightAt(T0 + ms)),
    [0, 10, 10, 30],
  )
  subject.wait(T0 + 5_000)
  const record = subject.record(T0 + 5_000)
  assert.is(record.outcome, 'promoted')
  assert.match(record.reason, /^no step waited for a verdict/)
})

test('lets the numbers speak first when the candidate process is gone', () => {
  const subject = course(ladder(10))
  run(subject, STABLE, 'until it dies', 7)
  subject.loseArm('canary', 'candidate process was ended by SIGKILL', T0 + 7_000)
  assert.is(subject.outcome, null)
  for (let k = 8; k < 20 && subject.outcome === null; k++) {
    const at = new Date(T0 + k * INTERVAL_MS).toISOString()
    const canary = { requests: 60, errors: 60 }
    subject.take(
      { ...drawWindow(at, 0, 540, { stable: STABLE, canary: STABLE }, new Random(at)), weight: 10, canary },
      T0 + k * 1_000,
    )
    subject.wait(T0 + k * 1_000)
  }
  const record = subject.record(T0)
  assert.is(record.outcome, 'aborted')
  assert.match(record.reason, /^candidate process was ended by SIGKILL; canary fails \d/)
  assert.ok(record.looks.length < 13, `${record.looks.length} looks`)
})

test('aborts for a dead candidate even where its requests are not judged', () => {
  const subject = course(ladder(10))
  run(subject, STABLE, 'until it dies', 7)
  subject.loseArm('canary', 'candidate process ended with code 134', T0 + 7_000)
  let taken = 0
  for (let k = 8; k < 40 && subject.outcome === null; k++, taken++) {
    const at = new Date(T0 + k * INTERVAL_MS).toISOString()
    const { stable } = drawWindow(at, 0, 540, { stable: STABLE, canary: STABLE }, new Random(at))
    subject.take({ at, weight: 10, ...(stable && { stable }) }, T0 + k * 1_000)
    subject.wait(T0 + k * 1_000)
  }
  assert.is(subject.record(T0).reason, 'candidate process ended with code 134')
  assert.is(taken, 10)
})

test('aborts at once when the candidate dies before it has traffic', () => {
  const subject = course(ladder(10))
  subject.beginHistory()
  subject.loseArm('canary', 'candidate process ended with code 134', T0 + 1_000)
  subject.wait(T0 + 1_000)
  const record = subject.record(T0 + 1_000)
  assert.is(record.outcome, 'aborted')
  assert.equal(
    record.steps.map(({ state }) => state),
    ['skipped', 'skipped'],
  )
})

test('does not blame the candidate when stable dies', () => {
  const subject = course(ladder(10))
  subject.beginSteps(T0)
  subject.loseArm('stable', 'stable process ended with code 1', T0 + 1_000)
  const record = subject.record(T0 + 1_000)
  assert.is(record.outcome, 'inconclusive')
  assert.match(record.reason, /^stable process ended with code 1: /)
})

test('ends undecided when no evidence comes', () => {
  const subject = course(ladder(10))
  subject.beginSteps(T0)
  subject.starve(30_000, T0 + 30_000)
  assert.is(subject.outcome, 'inconclusive')
  assert.match(subject.record(T0).reason, /^no evidence for 30 s/)
})

test('lets the deadline pass when windows stop coming', () => {
  const subject = course(ladder(10))
  run(subject, STABLE, 'then silence', 8)
  subject.wait(T0 + 8_000 + 2_000)
  assert.is(subject.outcome, null)
  subject.wait(T0 + 120_000)
  assert.is(subject.outcome, 'inconclusive')
})

test('sums up both arms', () => {
  const subject = course(ladder(10))
  run(subject, STABLE, 'figures', 15)
  const { stable, canary, windows } = subject.record(T0)
  const sum = (side: 'stable' | 'canary') => windows.reduce((total, window) => total + (window[side]?.requests ?? 0), 0)
  assert.is(stable.requests, sum('stable'))
  assert.is(canary.requests, sum('canary'))
  assert.ok(Math.abs(stable.requestsPerSecond + canary.requestsPerSecond - 600) < 1)
  assert.ok((stable.latencySeconds ?? 0) > 0.003 && (stable.latencySeconds ?? 0) < 0.006)
  assert.is(stable.podTemplateHash, 'bcdfghjklm')
})

test.run()
