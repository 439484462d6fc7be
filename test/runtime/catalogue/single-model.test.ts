import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { batchingExecutor, singleModel } from '#runtime'
import { doublingModel, tensor } from '../builders.ts'

const single = suite('singleModel()')

function doubling() {
  const model = doublingModel()
  return singleModel(model, batchingExecutor(model, { maxBatchRows: 1, maxQueuedRows: 1 }))
}

single('finds its model by default, by name and by version', async () => {
  const catalogue = doubling()
  for (const found of [catalogue.find(), catalogue.find('doubling'), catalogue.find('doubling', '1')]) {
    const outputs = await found!.run({ feeds: [tensor('float32', [1, 1], [3])], rows: 1 })
    assert.equal(outputs[0]!.data, Float32Array.of(6))
  }
})

single('finds nothing else', () => {
  assert.is(doubling().find('tripling'), undefined)
  assert.is(doubling().find('doubling', '2'), undefined)
})

single('lists it as ready', () => {
  assert.equal(doubling().list(), [{ name: 'doubling', version: '1', state: 'ready', reason: '' }])
})

single.run()
