import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { classNamer, type Tensor } from '#runtime'
import { predictionIndex, recordNonFinite, recordPrediction } from '../../../runtime/server/prediction.ts'
import { irisSignature, rememberingRecorder, tensor } from '../builders.ts'

const index = suite('predictionIndex()')

index('is the label of a classifier', () => {
  assert.is(predictionIndex(irisSignature()), 0)
})

index('is the label also behind the probabilities', () => {
  const { outputs } = irisSignature()
  assert.is(predictionIndex(irisSignature({ outputs: [...outputs].reverse() })), 1)
})

index('is the first output where there is no label', () => {
  const outputs = [
    { name: 'scores', type: 'float32', shape: ['N', 3] },
    { name: 'embedding', type: 'float32', shape: ['N', 8] },
  ] as const
  assert.is(predictionIndex(irisSignature({ outputs })), 0)
})

index.run()

const record = suite('recordPrediction()')

function recorded(output: Tensor, names: readonly string[] = []): string[] {
  const recorder = rememberingRecorder()
  recordPrediction('y', output, classNamer(names), recorder)
  return recorder.calls
}

record('counts a class per row', () => {
  assert.equal(recorded(tensor('int64', [3], [0, 2, 0])), ['class y 0', 'class y 2', 'class y 0'])
})

record('counts classes by their names', () => {
  assert.equal(recorded(tensor('int64', [2, 1], [1, 0]), ['no', 'yes']), ['class y yes', 'class y no'])
})

record('counts texts', () => {
  assert.equal(recorded(tensor('string', [1], ['spam'])), ['class y spam'])
})

record('counts a value per row', () => {
  assert.equal(recorded(tensor('float64', [2, 1], [0.5, -2])), ['value y 0.5', 'value y -2'])
})

record('leaves NaN and infinities out of the values', () => {
  assert.equal(recorded(tensor('float64', [3], [Number.NaN, 1, Infinity])), ['value y 1'])
})

record('counts the class with the highest score', () => {
  assert.equal(recorded(tensor('float32', [2, 3], [0.1, 0.7, 0.2, 0.5, 0.1, 0.4])), ['class y 1', 'class y 0'])
})

record('does not call a class the highest where a score is NaN', () => {
  assert.equal(recorded(tensor('float32', [1, 3], [0.1, Number.NaN, 0.2])), ['class y NaN'])
})

record('counts nothing for outputs that are no prediction', () => {
  assert.equal(recorded(tensor('float32', [1, 2, 2], [1, 2, 3, 4])), [])
  assert.equal(recorded(tensor('int64', [1, 2], [1, 2])), [])
})

record.run()

const nonFinite = suite('recordNonFinite()')

nonFinite('counts what is NaN or infinite in each output', () => {
  const recorder = rememberingRecorder()
  const probabilities = tensor('float32', [1, 3], [Number.NaN, Infinity, 0.5])
  recordNonFinite(irisSignature().outputs, [tensor('int64', [1], [1]), probabilities], recorder)
  assert.equal(recorder.calls, ['nonFinite probabilities 2'])
})

nonFinite('is silent where all is finite', () => {
  const recorder = rememberingRecorder()
  recordNonFinite(irisSignature().outputs, [tensor('int64', [1], [1]), tensor('float32', [1, 3], [1, 0, 0])], recorder)
  assert.equal(recorder.calls, [])
})

nonFinite.run()
