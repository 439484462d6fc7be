import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { decodeTensor, explainTensor } from '../../../runtime/model/decode-tensor.ts'
import type { TensorSpec } from '#runtime'

function spec(shape: TensorSpec['shape'], type: TensorSpec['type'] = 'float32'): TensorSpec {
  return { name: 'x', type, shape }
}

const decode = suite('decodeTensor()')

const FITTING: readonly (readonly [string, unknown, TensorSpec['shape'], readonly number[]])[] = [
  ['one row without its list', [1, 2], ['N', 2], [1, 2]],
  ['one row', [[1, 2]], ['N', 2], [1, 2]],
  [
    'several rows',
    [
      [1, 2],
      [3, 4],
      [5, 6],
    ],
    ['N', 2],
    [3, 2],
  ],
  ['one row where the model takes one', [1, 2], [1, 2], [1, 2]],
  ['a column', [1, 2, 3], ['N'], [3]],
  ['a single value for a column', 1, ['N'], [1]],
  ['a scalar', 1, [], []],
  ['lists for a tensor of any rank', [[1, 2]], [], [1, 2]],
  ['a fixed list', [1, 2, 3], [3], [3]],
  ['three dimensions', [[[1], [2]]], ['N', 2, 1], [1, 2, 1]],
  ['three dimensions without the first', [[1], [2]], ['N', 2, 1], [1, 2, 1]],
  ['a second dimension that varies', [[1, 2, 3]], ['N', 'M'], [1, 3]],
]

for (const [name, value, shape, dims] of FITTING) {
  decode(`reads ${name}`, () => {
    const flat = (Array.isArray(value) ? value.flat(3) : [value]) as number[]
    assert.equal(decodeTensor(value, spec(shape)), { type: 'float32', dims, data: Float32Array.from(flat) })
    assert.equal(explainTensor(value, spec(shape), 'inputs'), [])
  })
}

decode('takes memory only after all lists have their length', () => {
  const wide = Array.from({ length: 1_000 }, () => 1)
  const tall = [wide, ...Array.from({ length: 100_000 }, () => 1)]
  assert.is(decodeTensor(tall, spec(['N', 'M'])), undefined)
})

decode('looks only as deep as a model can be', () => {
  let nested: unknown = 1
  for (let depth = 0; depth < 100_000; depth += 1) nested = [nested]
  assert.is(decodeTensor(nested, spec(['N', 4])), undefined)
  assert.is(explainTensor(nested, spec(['N', 4]), 'inputs').length, 1)
})

decode.run()

const explain = suite('explainTensor()')

const FAULTY: readonly (readonly [string, unknown, TensorSpec, readonly string[]])[] = [
  ['too few numbers', [1], spec(['N', 2]), ['inputs: expected a list of 2 numbers, received a list of 1']],
  ['an empty list', [], spec(['N', 2]), ['inputs: expected a list of 2 numbers, received a list of 0']],
  ['no rows', [[]], spec(['N', 'M']), ['inputs[0]: expected at least one of numbers, received a list of 0']],
  ['no list', 'abc', spec(['N', 2]), ['inputs: expected a list of 2 numbers, or a list of such rows, received "abc"']],
  [
    'nothing',
    undefined,
    spec(['N', 2]),
    ['inputs: expected a list of 2 numbers, or a list of such rows, received nothing'],
  ],
  [
    'lists nested too deep',
    [[[1, 2]]],
    spec(['N', 2]),
    ['inputs: expected a list of 2 numbers, or a list of such rows, received a list of 1'],
  ],
  [
    'every bad element of every row',
    [
      [1, 'a'],
      [null, 2],
      [Infinity, true],
    ],
    spec(['N', 2]),
    [
      'inputs[0][1]: expected a number within float32, received "a"',
      'inputs[1][0]: expected a number within float32, received null',
      'inputs[2][0]: expected a number within float32, received Infinity',
      'inputs[2][1]: expected a number within float32, received true',
    ],
  ],
  [
    'rows of different length',
    [[1, 2], [1], 5],
    spec(['N', 2]),
    [
      'inputs[1]: expected a list of 2 numbers, received a list of 1',
      'inputs[2]: expected a list of 2 numbers, received 5',
    ],
  ],
  [
    'ragged rows where the length varies',
    [[1, 2], [1]],
    spec(['N', 'M']),
    ['inputs[1]: expected a list of 2 numbers, received a list of 1'],
  ],
  [
    'a fraction for a whole number',
    [0.5],
    spec(['N', 1], 'int32'),
    ['inputs[0]: expected a whole number from -2147483648 to 2147483647, received 0.5'],
  ],
  ['a list for a fixed shape', 3, spec([2, 2]), ['inputs: expected nested lists of numbers shaped [2,2], received 3']],
  [
    'a ragged tensor of any rank',
    [[1], [2, 3]],
    spec([]),
    ['inputs[1]: expected a list of 1 numbers, received a list of 2'],
  ],
]

for (const [name, value, wanted, faults] of FAULTY) {
  explain(`names ${name}`, () => {
    assert.is(decodeTensor(value, wanted), undefined)
    assert.equal(
      explainTensor(value, wanted, 'inputs').map(({ path, text }) => `${path}: ${text}`),
      faults,
    )
  })
}

explain('lists twenty faults at most', () => {
  const rows = Array.from({ length: 1_000 }, () => ['a', 'b'])
  assert.is(explainTensor(rows, spec(['N', 2]), 'inputs').length, 20)
})

explain.run()
