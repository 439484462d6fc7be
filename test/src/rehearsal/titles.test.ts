import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { evidencePaths } from '../../../src/rehearsal/evidence-paths.ts'
import { latencyBounds } from '../../../src/rehearsal/latency-bounds.ts'
import { titlesOf } from '../../../src/rehearsal/titles.ts'

const titles = suite('titlesOf()')

titles('are the file names, numbered where they are the same', () => {
  assert.equal(titlesOf(['a/x.onnx', 'b/y.onnx']), ['x.onnx', 'y.onnx'])
  assert.equal(titlesOf(['a/x.onnx', 'b/y.onnx', 'c/x.onnx']), ['x-1.onnx', 'y.onnx', 'x-2.onnx'])
  assert.equal(titlesOf(['a/x', 'b/x']), ['x-1', 'x-2'])
})

titles.run()

const paths = suite('evidencePaths()')

paths('are the path itself for one candidate, one each for several', () => {
  assert.equal(evidencePaths('out/e.jsonl', ['m/x.onnx']), ['out/e.jsonl'])
  assert.equal(evidencePaths('out/e.jsonl', ['m/x.onnx', 'm/y.onnx']), ['out/e-x.jsonl', 'out/e-y.jsonl'])
  assert.equal(evidencePaths('e', ['m/x.onnx', 'n/x.onnx']), ['e-x-1', 'e-x-2'])
})

paths.run()

const bounds = suite('latencyBounds()')

bounds('rise and have the objective among them', () => {
  for (const objectiveMs of [undefined, 0.5, 40, 250, 60_000]) {
    const values = latencyBounds(objectiveMs)
    assert.ok(values.every((value, k) => k === 0 || value > (values[k - 1] ?? Infinity)))
    if (objectiveMs !== undefined) assert.ok(values.includes(objectiveMs / 1_000))
  }
  assert.is(latencyBounds(250).length, latencyBounds(undefined).length)
})

bounds.run()
