import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { isBatchingSafe } from '#runtime'
import { doublingModel, tensor, withExample, withModel } from '../builders.ts'
import { identityModel, onnxModel } from '../onnx-model.ts'

const safe = suite('isBatchingSafe()')

for (const name of ['iris/stable', 'iris/slow', 'iris/failing', 'iris/nan', 'digits/stable', 'diabetes/stable']) {
  safe(`is true for ${name}`, async () => {
    assert.is(await withExample(name, isBatchingSafe), true)
  })
}

for (const type of ['int64', 'bool', 'string', 'float64'] as const) {
  safe(`is true for rows of ${type}`, async () => {
    assert.is(await withModel(identityModel(type, ['N', 3]), isBatchingSafe), true)
  })
}

safe('is false where the first dimension is fixed', async () => {
  assert.is(await withModel(identityModel('float32', [1, 3]), isBatchingSafe), false)
})

safe('is false where the rank is unknown', async () => {
  assert.is(await withModel(identityModel('float32'), isBatchingSafe), false)
})

safe('is false where rows influence each other', async () => {
  const value = { type: 'float32', shape: ['N', 2] } as const
  const mixing = onnxModel({
    inputs: [{ name: 'x', ...value }],
    outputs: [{ name: 'y', ...value }],
    nodes: [{ op: 'Softmax', inputs: ['x'], outputs: ['y'], attributes: { axis: 0 } }],
  })
  assert.is(await withModel(mixing, isBatchingSafe), false)
})

safe('is false where rows together give another number of rows', async () => {
  const model = doublingModel({ run: ([x]) => Promise.resolve([tensor('float32', [1, 1], [x!.data.length])]) })
  assert.is(await isBatchingSafe(model), false)
})

safe("hides no fault that is not the model's", async () => {
  const model = doublingModel({ run: () => Promise.reject(new TypeError('a mistake of ours')) })
  let caught: unknown
  await isBatchingSafe(model).catch((error: unknown) => (caught = error))
  assert.instance(caught, TypeError)
})

safe.run()
