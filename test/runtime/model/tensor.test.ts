import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { elementCount, joinRows, takeRows } from '../../../runtime/model/tensor.ts'
import { tensor } from '../builders.ts'

const count = suite('elementCount()')

count('is the product of the sizes', () => {
  assert.is(elementCount([2, 3, 4]), 24)
})

count('is 1 for a scalar', () => {
  assert.is(elementCount([]), 1)
})

count.run()

const join = suite('joinRows()')

join('puts rows one after another', () => {
  const joined = joinRows([tensor('float32', [1, 2], [1, 2]), tensor('float32', [2, 2], [3, 4, 5, 6])])
  assert.equal(joined, tensor('float32', [3, 2], [1, 2, 3, 4, 5, 6]))
})

join('keeps the type', () => {
  assert.equal(joinRows([tensor('int64', [1], [7]), tensor('int64', [1], [8])]), tensor('int64', [2], [7, 8]))
  assert.equal(joinRows([tensor('string', [1], ['a']), tensor('string', [1], ['b'])]).data, ['a', 'b'])
})

join('refuses nothing', () => {
  assert.throws(() => joinRows([]), /^Cannot join rows: no tensor given$/)
})

join.run()

const take = suite('takeRows()')

take('cuts rows out', () => {
  const rows = tensor('float32', [3, 2], [1, 2, 3, 4, 5, 6])
  assert.equal(takeRows(rows, 1, 2), tensor('float32', [2, 2], [3, 4, 5, 6]))
})

take('undoes joinRows()', () => {
  const [a, b] = [tensor('string', [1, 2], ['a', 'b']), tensor('string', [2, 2], ['c', 'd', 'e', 'f'])]
  const joined = joinRows([a, b])
  assert.equal([takeRows(joined, 0, 1), takeRows(joined, 1, 2)], [a, b])
})

take.run()
