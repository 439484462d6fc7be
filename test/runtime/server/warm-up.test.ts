import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { buildInferenceApp, batchingExecutor, singleModel, warmUp, type InferenceApp, type Model } from '#runtime'
import { doublingModel, irisSignature, rememberingRecorder, withExample } from '../builders.ts'

const warm = suite('warmUp()')

function build(model: Model): InferenceApp {
  return buildInferenceApp({
    catalogue: singleModel(model, batchingExecutor(model, { maxBatchRows: 64, maxQueuedRows: 100 })),
    recorder: rememberingRecorder(),
    exposition: { contentType: 'text/plain', text: () => Promise.resolve('') },
    classNames: [],
    maxBodyBytes: 1_000_000,
    maxRows: 1,
    onModelFailure: () => undefined,
    onFault: () => undefined,
  })
}

/** A clock that goes on by 1 ms each time it is read. */
function clock(): () => number {
  let nowMs = 0
  return () => (nowMs += 1)
}

warm('sends requests that the model answers', () =>
  withExample('iris/stable', async (model) => {
    const { requests, answered } = await warmUp(build(model).server, model.signature, { limitMs: 100, now: clock() })
    assert.ok(requests > 0)
    assert.is(answered, requests)
  }),
)

warm('ends when its time is over', async () => {
  const model = doublingModel()
  const { requests } = await warmUp(build(model).server, model.signature, { limitMs: 50, now: clock() })
  assert.is(requests, 49)
})

warm('ends after enough requests', async () => {
  const model = doublingModel()
  const { requests } = await warmUp(build(model).server, model.signature, { limitMs: 1e9, now: clock() })
  assert.is(requests, 2_000)
})

warm('says when the model answers none', async () => {
  const model = doublingModel({ run: () => Promise.reject(new Error('never')) })
  const { requests, answered } = await warmUp(build(model).server, model.signature, { limitMs: 20, now: clock() })
  assert.ok(requests > 0)
  assert.is(answered, 0)
})

warm('sends nothing where no input can be made up', async () => {
  const huge = irisSignature({ inputs: [{ name: 'x', type: 'float32', shape: ['N', 1e9] }] })
  const { requests } = await warmUp(build(doublingModel()).server, huge, { limitMs: 20, now: clock() })
  assert.is(requests, 0)
})

warm.run()
