import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Fault } from '#faults'
import type { Elements, ElementType } from '#runtime'
import { readJson } from '../../../runtime/protocol/json-elements.ts'

const json = suite('readJson()')

function read(type: ElementType, data: unknown, dims: readonly number[]): Elements | string[] | undefined {
  const faults: Fault[] = []
  const elements = readJson(type, data, dims, 'data', faults)
  assert.is(elements === undefined, faults.length > 0)
  return elements ?? faults.map(({ path, text }) => `${path}: ${text}`)
}

const FITTING: readonly (readonly [string, unknown, readonly number[], readonly number[]])[] = [
  ['a flat list', [1, 2, 3, 4], [2, 2], [1, 2, 3, 4]],
  [
    'lists nested as the shape says',
    [
      [1, 2],
      [3, 4],
    ],
    [2, 2],
    [1, 2, 3, 4],
  ],
  ['a scalar', [1], [], [1]],
  ['one row, flat', [1, 2], [1, 2], [1, 2]],
  ['one row, nested', [[1, 2]], [1, 2], [1, 2]],
  ['no rows', [], [0, 4], []],
  ['rows of nothing', [[], []], [2, 0], []],
]

for (const [name, data, dims, elements] of FITTING) {
  json(`reads ${name}`, () => {
    assert.equal(read('float32', data, dims), Float32Array.from(elements))
  })
}

json('reads NaN and the infinities by their names', () => {
  assert.is(String(read('float64', ['NaN', '-Infinity'], [2])), 'NaN,-Infinity')
})

const FAULTY: readonly (readonly [string, unknown, readonly number[], readonly string[]])[] = [
  ['nothing', undefined, [2], ['data: expected a list of 2 numbers, received nothing']],
  ['a number for a scalar', 1, [], ['data: expected a list of 1 numbers, received 1']],
  ['too few', [1], [2], ['data: expected a list of 2 numbers, received a list of 1']],
  ['something where nothing is', [[1]], [0, 4], ['data: expected a list of 0 numbers, received a list of 1']],
  [
    'more than memory holds',
    [1],
    [1e9, 1e9],
    ['data: expected a list of 1000000000000000000 numbers, received a list of 1'],
  ],
  [
    'every element that does not fit',
    [1, 'a', null, 4],
    [4],
    [
      'data[1]: expected a number within float32, received "a"',
      'data[2]: expected a number within float32, received null',
    ],
  ],
  ['ragged lists', [[1, 2], [3]], [2, 2], ['data[1]: expected a list of 2 numbers, received a list of 1']],
  ['lists of another shape', [[1, 2]], [2, 1], ['data: expected a list of 2 lists, received a list of 1']],
]

for (const [name, data, dims, faults] of FAULTY) {
  json(`refuses ${name}`, () => {
    assert.equal(read('float32', data, dims), faults)
  })
}

json('lists twenty faults at most', () => {
  assert.is(read('bool', Array(1_000).fill(1), [1_000])?.length, 20)
})

json('looks only as deep as a model can be', () => {
  let nested: unknown = []
  for (let depth = 0; depth < 100_000; depth += 1) nested = [nested]
  assert.is(read('float32', nested, [1])?.length, 1)
  assert.is(read('float32', nested, [0])?.length, 1)
})

json.run()
