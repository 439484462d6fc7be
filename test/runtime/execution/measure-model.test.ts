import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ServingError, type Model } from '#runtime'
import { measureModel, runSampleBatch } from '../../../runtime/execution/measure-model.ts'
import { doublingModel } from '../builders.ts'

/** A model whose runs take the time that is said of them, and the clock that shows it. */
function timedModel(timeMs: (run: number, rows: number) => number) {
  let nowMs = 0
  const doubling = doublingModel()
  const run: Model['run'] = (feeds) => {
    nowMs += timeMs(doubling.runs.length, feeds[0]!.dims[0]!)
    return doubling.run(feeds)
  }
  return { model: { ...doubling, run }, now: () => nowMs }
}

function unableModel(): Model {
  return doublingModel({ run: () => Promise.reject(new ServingError('modelFailed', 'Cannot run model: no')) })
}

const measure = suite('measureModel()')

measure('gives the shortest of several runs of a row', async () => {
  const { model, now } = timedModel((run) => [5, 3, 9, 4][run % 4]!)
  assert.is((await measureModel(model, 1, now)).runMs, 3)
})

measure('leaves out the first runs, which are slower or, by luck, faster', async () => {
  const { model, now } = timedModel((run) => (run < 3 ? 1 : 7))
  assert.is((await measureModel(model, 1, now)).runMs, 7)
})

measure('takes the first run of a model that needs more than a second for it', async () => {
  const { model, now } = timedModel(() => 1_500)
  assert.equal(await measureModel(model, 1, now), { runMs: 1_500, batchRows: 1 })
  assert.equal(model.runs, [1])
})

measure('lets as many rows run together as may, and runs so many once', async () => {
  const { model, now } = timedModel(() => 1)
  assert.is((await measureModel(model, 50, now)).batchRows, 50)
  assert.is(Math.max(...model.runs), 50)
  assert.is(model.runs.at(-1), 50)
})

measure('lets no more rows run together than a second is enough for', async () => {
  const { model, now } = timedModel((_run, rows) => 40 * rows)
  assert.is((await measureModel(model, 64, now)).batchRows, 16)
})

measure('lets rows run alone where it fails with several', async () => {
  const model = doublingModel()
  const run: Model['run'] = (feeds) => (feeds[0]!.dims[0]! > 2 ? unableModel().run(feeds) : model.run(feeds))
  assert.is((await measureModel({ ...model, run }, 64, () => 0)).batchRows, 1)
})

measure('knows nothing of a model that cannot run what was made up', async () => {
  assert.equal(await measureModel(unableModel(), 64, () => 0), { runMs: undefined, batchRows: 1 })
})

measure.run()

const sample = suite('runSampleBatch()')

sample('runs once with all the rows', async () => {
  const model = doublingModel()
  await runSampleBatch(model, 16)
  assert.equal(model.runs, [16])
})

sample('leaves a model that fails to its users', () => runSampleBatch(unableModel(), 16))

sample.run()
