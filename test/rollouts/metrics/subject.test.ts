import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { subjectOf } from '#metrics'
import { analysisRun, CANARY, START_MS } from './world.ts'

const test = suite('subjectOf()')

test('reads everything from labels and owner', () => {
  assert.equal(subjectOf(analysisRun('iris-2-1', 1).metadata, 0), {
    namespace: 'ml',
    rollout: 'iris',
    canaryHash: CANARY,
    revision: '2',
    run: 'iris-2-1',
    type: 'step',
    stepIndex: 1,
    createdMs: START_MS,
  })
})

test('tells a run beside the steps', () => {
  const { type, stepIndex } = subjectOf(analysisRun('iris-2', null).metadata, 0)
  assert.equal([type, stepIndex], ['background', null])
})

test('takes the present for a missing time', () => {
  assert.is(subjectOf({ ...analysisRun('x', 1).metadata, creationTimestamp: undefined }, 77).createdMs, 77)
})

test('lists what is missing in a run that no Rollout made', () => {
  const metadata = { ...analysisRun('by-hand', 1).metadata, labels: {}, ownerReferences: [] }
  assert.throws(
    () => subjectOf(metadata, 0),
    /AnalysisRun "by-hand".*\n.*rollouts-pod-template-hash.*\n.*ownerReferences: expected a Rollout/,
  )
})

test.run()
