import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { describeChanges, describeProgress } from '../../../../src/rehearsal/live/lines.ts'
import { exampleRecord, exampleSteps, exampleVerdict } from '../../../support/rehearsal-example.ts'

const changes = suite('describeChanges()')

changes('tells everything to who comes first', () => {
  assert.equal(describeChanges(undefined, exampleRecord({ notes: ['a pod was restarted'] })), [
    'iris-good.onnx  0:14   30 %  rehearsal of iris: canary iris-good.onnx against stable iris-stable.onnx',
    'iris-good.onnx  0:14   30 %  step 1 of 12, setWeight 10: passed',
    'iris-good.onnx  0:14   30 %  step 2 of 12, pause 2 s: passed after 2 s',
    'iris-good.onnx  0:14   30 %  step 3 of 12, pause until promoted: passed after 4 s',
    'iris-good.onnx  0:14   30 %  step 4 of 12, setWeight 30: passed',
    'iris-good.onnx  0:14   30 %  step 5 of 12, pause 2 s: passed after 2 s',
    'iris-good.onnx  0:14   30 %  step 6 of 12, pause until promoted: began',
    'iris-good.onnx  0:14   30 %  note: a pod was restarted',
    'iris-good.onnx  0:14   30 %  continue: needs about 640 more canary requests for the latency limit, 4 s at the present rate',
  ])
})

changes('tells nothing twice', () => {
  const record = exampleRecord({ notes: ['a pod was restarted'] })
  assert.equal(describeChanges(record, { ...record, elapsedMs: 15_000 }), [])
})

changes('tells a verdict that changed, not a number in it', () => {
  const before = exampleRecord()
  const grown = exampleVerdict({ logE: 1.9 })
  assert.equal(describeChanges(before, exampleRecord({ looks: [{ atMs: 15_000, verdict: grown }] })), [])
  const failed = exampleVerdict({ verdict: 'fail', reason: 'drift PSI 0.34, limit 0.2' })
  assert.equal(describeChanges(before, exampleRecord({ looks: [{ atMs: 15_000, verdict: failed }] })), [
    'iris-good.onnx  0:14   30 %  fail: drift PSI 0.34, limit 0.2',
  ])
})

for (const [state, words] of [
  ['failed', 'failed'],
  ['inconclusive', 'undecided'],
  ['passed', 'passed'],
] as const) {
  changes(`tells a step that ended ${state}`, () => {
    const steps = exampleSteps().map((step) => (step.index === 5 ? { ...step, state, finishedMs: 20_000 } : step))
    assert.equal(describeChanges(exampleRecord(), exampleRecord({ steps })), [
      `iris-good.onnx  0:14   30 %  step 6 of 12, pause until promoted: ${words} after 7 s`,
    ])
  })
}

changes('tells the end once, decided or not', () => {
  const stopped = exampleRecord({ phase: 'finished' })
  assert.equal(describeChanges(exampleRecord(), stopped), [
    'iris-good.onnx  0:14   30 %  stopped after 14 s, before it was decided',
  ])
  assert.equal(describeChanges(stopped, stopped), [])
  const aborted = exampleRecord({ phase: 'finished', outcome: 'aborted', reason: 'drift' })
  assert.equal(describeChanges(exampleRecord(), aborted), ['iris-good.onnx  0:14   30 %  aborted after 14 s: drift'])
})

changes.run()

const progress = suite('describeProgress()')

progress('says how far it has come', () => {
  assert.is(
    describeProgress(exampleRecord()),
    'iris-good.onnx  0:14   30 %  12,400 requests to stable, 1,840 to the canary; evidence of harm 0.7 of 4.6; needs about 640 more canary requests for the latency limit, 4 s at the present rate',
  )
})

progress('says what there is before the first look', () => {
  assert.is(
    describeProgress(exampleRecord({ looks: [] })),
    'iris-good.onnx  0:14   30 %  12,400 requests to stable, 1,840 to the canary',
  )
})

progress.run()
