import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createServingMetrics, type ServingMetrics } from '../../src/serving-metrics.ts'

const metrics = suite('createServingMetrics()')

function create(): ServingMetrics {
  return createServingMetrics({ latencyBuckets: [0.1, 1], valueBuckets: [-1, 0, 1] })
}

async function lines({ exposition }: ServingMetrics, name: string): Promise<string[]> {
  const text = await exposition.text()
  return text.split('\n').filter((line) => line.startsWith(name))
}

metrics('start at 0 with the codes to expect', async () => {
  const started = await lines(create(), 'inference_requests_total')
  assert.is(started.length, 12)
  assert.equal(started.slice(0, 4), [
    'inference_requests_total{endpoint="/predict",code="200"} 0',
    'inference_requests_total{endpoint="/predict",code="400"} 0',
    'inference_requests_total{endpoint="/predict",code="500"} 0',
    'inference_requests_total{endpoint="/predict",code="503"} 0',
  ])
  assert.ok(started.includes('inference_requests_total{endpoint="/v2/models/:model/infer",code="200"} 0'))
})

metrics('count requests by path and code', async () => {
  const created = create()
  created.recorder.request('/predict', 200)
  created.recorder.request('/predict', 200)
  created.recorder.request('unmatched', 404)
  const counted = await lines(created, 'inference_requests_total')
  assert.ok(counted.includes('inference_requests_total{endpoint="/predict",code="200"} 2'))
  assert.ok(counted.includes('inference_requests_total{endpoint="unmatched",code="404"} 1'))
})

metrics('hold latency in the buckets that were asked for', async () => {
  const created = create()
  for (const seconds of [0.05, 0.1, 0.5, 2]) created.recorder.latency('/predict', seconds)
  assert.equal(await lines(created, 'inference_latency_seconds'), [
    'inference_latency_seconds_bucket{le="0.1",endpoint="/predict"} 2',
    'inference_latency_seconds_bucket{le="1",endpoint="/predict"} 3',
    'inference_latency_seconds_bucket{le="+Inf",endpoint="/predict"} 4',
    'inference_latency_seconds_sum{endpoint="/predict"} 2.65',
    'inference_latency_seconds_count{endpoint="/predict"} 4',
  ])
})

metrics('count predictions by class and by value', async () => {
  const created = create()
  created.recorder.predictedClass('label', 'setosa')
  created.recorder.predictedValue('score', 0.5)
  created.recorder.nonFinite('label', 3)
  assert.equal(await lines(created, 'model_predictions_total'), [
    'model_predictions_total{output="label",class="setosa"} 1',
  ])
  assert.equal(await lines(created, 'model_prediction_value_bucket'), [
    'model_prediction_value_bucket{le="-1",output="score"} 0',
    'model_prediction_value_bucket{le="0",output="score"} 0',
    'model_prediction_value_bucket{le="1",output="score"} 1',
    'model_prediction_value_bucket{le="+Inf",output="score"} 1',
  ])
  assert.equal(await lines(created, 'model_nonfinite_elements_total'), [
    'model_nonfinite_elements_total{output="label"} 3',
  ])
})

metrics('say how the process does', async () => {
  assert.is((await lines(create(), 'process_cpu_seconds_total')).length, 1)
})

metrics('are those of one server each', async () => {
  const [one, two] = [create(), create()]
  one.recorder.request('/predict', 200)
  assert.not.equal(await lines(one, 'inference_requests_total'), await lines(two, 'inference_requests_total'))
})

metrics.run()
