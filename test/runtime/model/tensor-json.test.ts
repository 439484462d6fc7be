import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { elementsJson, predictionJson, tensorJson } from '../../../runtime/model/tensor-json.ts'
import { tensor } from '../builders.ts'

const json = suite('tensorJson()')

json('nests lists as the dimensions say', () => {
  assert.is(tensorJson(tensor('float64', [2, 1, 2], [1, 2.5, -3, 4])), '[[[1,2.5]],[[-3,4]]]')
})

json('writes a scalar bare', () => {
  assert.is(tensorJson(tensor('float64', [], [0.1])), '0.1')
})

json('does not hide NaN and the infinities', () => {
  const values = [Number.NaN, Infinity, -Infinity]
  assert.is(tensorJson(tensor('float32', [3], values)), '["NaN","Infinity","-Infinity"]')
})

json('keeps all digits of 64-bit integers', () => {
  const data = BigInt64Array.of(9_223_372_036_854_775_807n, -9_223_372_036_854_775_808n)
  assert.is(tensorJson({ type: 'int64', dims: [2], data }), '[9223372036854775807,-9223372036854775808]')
})

json('writes texts with their escapes and truth values as such', () => {
  assert.is(tensorJson(tensor('string', [2], ['a"b', 'Ä\u2028'])), JSON.stringify(['a"b', 'Ä\u2028']))
  assert.is(tensorJson(tensor('bool', [2], [1, 0])), '[true,false]')
})

json('writes floats that read back as themselves', () => {
  const data = Float32Array.of(0.1, 1e-45, 3.4e38, -0.3, -0)
  const read = JSON.parse(tensorJson({ type: 'float32', dims: [5], data })) as number[]
  assert.ok(read.every((value, i) => Object.is(Math.fround(value), data[i])))
})

json('writes an empty dimension', () => {
  assert.is(tensorJson(tensor('float32', [0, 4], [])), '[]')
  assert.is(tensorJson(tensor('float32', [2, 0], [])), '[[],[]]')
})

json.run()

const prediction = suite('predictionJson()')

prediction('is a list with one value per row', () => {
  assert.is(predictionJson(tensor('int64', [2], [0, 2])), '[0,2]')
})

prediction('writes [N,1] as it writes [N]', () => {
  assert.is(predictionJson(tensor('float32', [2, 1], [0.5, 2])), '[0.5,2]')
})

prediction('is a list even for a scalar', () => {
  assert.is(predictionJson(tensor('float32', [], [0.5])), '[0.5]')
})

prediction('keeps several values per row together', () => {
  assert.is(predictionJson(tensor('float32', [1, 2], [0.5, 0.25])), '[[0.5,0.25]]')
})

prediction.run()

const elements = suite('elementsJson()')

elements('is one list whatever the dimensions', () => {
  assert.is(elementsJson(tensor('int64', [2, 2], [1, 2, 3, 4])), '[1,2,3,4]')
  assert.is(elementsJson(tensor('float32', [], [0.5])), '[0.5]')
  assert.is(elementsJson(tensor('float32', [0, 4], [])), '[]')
})

elements.run()
