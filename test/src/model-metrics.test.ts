import { Registry } from 'prom-client'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { ServedModel } from '#runtime'
import { createModelMetrics, type ModelMetrics } from '../../src/model-metrics.ts'

const metrics = suite('createModelMetrics()')

interface Created {
  readonly models: ModelMetrics
  /** The lines that begin so. */
  readonly lines: (start: string) => Promise<string[]>
}

function create(): Created {
  const registry = new Registry()
  return {
    models: createModelMetrics(registry),
    lines: async (start) => (await registry.metrics()).split('\n').filter((line) => line.startsWith(start)),
  }
}

function served(digest: string): ServedModel {
  const outputs = [{ name: 'label', type: 'int64', shape: ['N'] }] as const
  const signature = { inputs: [], outputs, unsupportedOutputs: [] }
  return { name: 'iris', version: '2', digest, signature, run: () => Promise.resolve([]) }
}

metrics('say which models serve', async () => {
  const { models, lines } = create()
  models.ready(served('abc'), false)
  assert.equal(await lines('model_info{'), ['model_info{model="iris",version="2",sha256="abc"} 1'])
  models.gone(served('abc'))
  assert.equal(await lines('model_info{'), [])
})

metrics('count changed files by what became of them, and start at 0', async () => {
  const { models, lines } = create()
  const counts = (replaced: number, kept: number) => [
    `model_swaps_total{model="iris",version="2",outcome="replaced"} ${replaced}`,
    `model_swaps_total{model="iris",version="2",outcome="kept"} ${kept}`,
  ]
  models.ready(served('abc'), false)
  assert.equal(await lines('model_swaps_total{'), counts(0, 0))
  models.ready(served('def'), true)
  models.kept(served('def'))
  assert.equal(await lines('model_swaps_total{'), counts(1, 1))
  assert.equal(await lines('model_info{'), ['model_info{model="iris",version="2",sha256="def"} 1'])
})

metrics('count elements that are no finite numbers, from 0', async () => {
  const { models, lines } = create()
  models.ready(served('abc'), false)
  assert.equal(await lines('model_nonfinite'), ['model_nonfinite_elements_total{output="label"} 0'])
  models.nonFinite('label', 3)
  assert.equal(await lines('model_nonfinite'), ['model_nonfinite_elements_total{output="label"} 3'])
})

metrics('tell how a version is executed', async () => {
  const { models, lines } = create()
  const execution = models.executionOf({ name: 'iris', version: '2' })
  execution.queued(5)
  execution.waited(0.002)
  execution.ran(4, 0.003)
  execution.ran(1, 0.001)
  execution.restarted('deadline')
  const labels = 'model="iris",version="2"'
  assert.equal(await lines('model_queued_rows{'), [`model_queued_rows{${labels}} 5`])
  assert.equal(await lines('model_queue_seconds_sum'), [`model_queue_seconds_sum{${labels}} 0.002`])
  assert.equal(await lines('model_run_seconds_sum'), [`model_run_seconds_sum{${labels}} 0.004`])
  assert.equal(await lines('model_batch_rows_count'), [`model_batch_rows_count{${labels}} 2`])
  assert.equal(await lines('model_batch_rows_sum'), [`model_batch_rows_sum{${labels}} 5`])
  assert.equal(await lines('model_restarts_total{'), [`model_restarts_total{${labels},reason="deadline"} 1`])
})

metrics.run()
