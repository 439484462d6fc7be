import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ServingError, type Model } from '#runtime'
import { measureRunMs, runLargestBatch } from '../../../runtime/execution/measure-model.ts'
import { doublingModel } from '../builders.ts'

/** A model whose runs take the given times in turn, and the clock that shows it. */
function timedModel(timesMs: readonly number[]): { readonly model: Model; readonly now: () => number } {
  let nowMs = 0
  let runs = 0
  const doubling = doublingModel()
  const run: Model['run'] = (feeds) => {
    nowMs += timesMs[runs % timesMs.length]!
    runs += 1
    return doubling.run(feeds)
  }
  return { model: { ...doubling, run }, now: () => nowMs }
}

function unableModel(): Model {
  return doublingModel({ run: () => Promise.reject(new ServingError('modelFailed', 'Cannot run model: no')) })
}

const measure = suite('measureRunMs()')

measure('is the shortest of several runs', async () => {
  const { model, now } = timedModel([5, 3, 9, 4])
  assert.is(await measureRunMs(model, now), 3)
})

measure('leaves out the first runs, which are slower or, by luck, faster', async () => {
  const { model, now } = timedModel([1, 1, 1, 7, 7, 7, 7, 7, 7, 7])
  assert.is(await measureRunMs(model, now), 7)
})

measure('is undefined where the model cannot run what was made up', async () => {
  assert.is(await measureRunMs(unableModel(), () => 0), undefined)
})

measure.run()

const largest = suite('runLargestBatch()')

largest('runs once with all the rows', async () => {
  const model = doublingModel()
  await runLargestBatch(model, 16)
  assert.equal(model.runs, [16])
})

largest('leaves a model that fails to its users', async () => {
  let runs = 0
  const unable = unableModel()
  const run: Model['run'] = (feeds) => {
    runs += 1
    return unable.run(feeds)
  }
  await runLargestBatch({ ...unable, run }, 16)
  assert.is(runs, 1)
})

largest.run()
