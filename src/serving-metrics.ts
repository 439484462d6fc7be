import { collectDefaultMetrics, Counter, Histogram, Registry } from 'prom-client'
import { INFERENCE_ENDPOINTS, type Exposition, type Recorder } from '#runtime'
import { createModelMetrics, type ModelMetrics } from './model-metrics.ts'

/** Bucket bounds of the model server's histograms; the same bounds on both arms let every bucket be compared. */
export interface ServingMetricsOptions {
  /** Rising, in seconds. */
  readonly latencyBuckets: readonly number[]
  /** Rising, in the model's own unit. */
  readonly valueBuckets: readonly number[]
}

/** The model server's metrics: where events go in, and the page they come out on. */
export interface ServingMetrics {
  readonly recorder: Recorder
  readonly models: ModelMetrics
  readonly exposition: Exposition
}

/** Series that exist from the start: a counter that first appears at 1 has hidden its first increment from Prometheus. */
const EXPECTED_CODES = [200, 400, 500, 503]

/** Creates the instruments of one model server in a registry of its own. */
export function createServingMetrics(options: ServingMetricsOptions): ServingMetrics {
  const registry = new Registry()
  const registers = [registry]
  const models = createModelMetrics(registry)
  collectDefaultMetrics({ register: registry })
  const requests = new Counter({
    name: 'inference_requests_total',
    help: 'Requests answered, by path and HTTP status; health and metrics are not counted.',
    labelNames: ['endpoint', 'code'],
    registers,
  })
  const latency = new Histogram({
    name: 'inference_latency_seconds',
    help: 'Time from a request to its answer, where the model answered or failed.',
    labelNames: ['endpoint'],
    buckets: [...options.latencyBuckets],
    registers,
  })
  const classes = new Counter({
    name: 'model_predictions_total',
    help: 'Predictions by class; classes beyond the hundredth are "other".',
    labelNames: ['output', 'class'],
    registers,
  })
  const values = new Histogram({
    name: 'model_prediction_value',
    help: 'Predicted numbers, in the unit of the model.',
    labelNames: ['output'],
    buckets: [...options.valueBuckets],
    registers,
  })
  for (const endpoint of INFERENCE_ENDPOINTS) {
    for (const code of EXPECTED_CODES) requests.inc({ endpoint, code }, 0)
  }

  return {
    recorder: {
      request: (endpoint, code) => {
        requests.inc({ endpoint, code })
      },
      latency: (endpoint, seconds) => {
        latency.observe({ endpoint }, seconds)
      },
      predictedClass: (output, className) => {
        classes.inc({ output, class: className })
      },
      predictedValue: (output, value) => {
        values.observe({ output }, value)
      },
      nonFinite: models.nonFinite,
    },
    models,
    exposition: { contentType: registry.contentType, text: () => registry.metrics() },
  }
}
