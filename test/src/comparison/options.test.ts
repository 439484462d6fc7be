import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { InputError } from '#faults'
import { parseCompareOptions } from '../../../src/comparison/options.ts'

const NEEDED = { stable: 'a.onnx', candidate: 'b.onnx', requests: 'r.jsonl' }

const test = suite('parseCompareOptions()')

test('fills in every default', () => {
  const { maxWorst, noiseRows, speedTimeMs, runTimeoutMs, classes, policyPath } = parseCompareOptions(NEEDED)
  assert.equal([maxWorst, noiseRows, speedTimeMs, runTimeoutMs], [10, 1_000, 1_000, 30_000])
  assert.equal(classes, [])
  assert.is(policyPath, undefined)
})

test('reads what is given', () => {
  const given = {
    ...NEEDED,
    classes: 'a, b',
    worst: '0',
    'noise-rows': '0',
    'speed-time': '0s',
    timeout: '2m',
    json: '-',
  }
  const options = parseCompareOptions(given)
  assert.equal(options.classes, ['a', 'b'])
  assert.equal([options.maxWorst, options.noiseRows, options.speedTimeMs, options.runTimeoutMs], [0, 0, 0, 120_000])
  assert.is(options.jsonPath, '-')
})

test('lists every fault at once', () => {
  const given = { worst: '101', 'noise-rows': 'many', 'speed-time': '2h', timeout: '5', classes: 'a,,b' }
  try {
    parseCompareOptions(given)
    assert.unreachable()
  } catch (error) {
    if (!(error instanceof InputError)) throw error
    const paths = error.faults.map(({ path }) => path)
    for (const name of ['--stable', '--candidate', '--requests', ...Object.keys(given).map((key) => `--${key}`)]) {
      assert.ok(paths.includes(name), name)
    }
  }
})

test.run()
