import { Counter, Gauge, Histogram, type Registry } from 'prom-client'
import type { ExecutionRecorder, ServedModel } from '#runtime'

const BATCH_ROWS = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1_024, 4_096]

/** From the 25 µs that the smallest run costs to the default limit of a run, in seconds. */
const RUN_SECONDS = [
  0.000_05, 0.000_1, 0.000_25, 0.000_5, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 2.5, 10,
]

type Version = Pick<ServedModel, 'name' | 'version'>

/** The metrics of the models themselves: which serve, and how they run. */
export interface ModelMetrics {
  /** A version serves from now on. */
  ready(served: ServedModel, replaced: boolean): void
  /** A changed file could not take the place of the one that serves. */
  kept(version: Version): void
  /** A version serves no longer. */
  gone(served: ServedModel): void
  /** Elements of an output were NaN or infinite. */
  readonly nonFinite: (output: string, elements: number) => void
  /** Where the execution of a version is recorded. */
  readonly executionOf: (version: Version) => ExecutionRecorder
}

/** Creates the instruments of a server's models. */
export function createModelMetrics(registry: Registry): ModelMetrics {
  const registers = [registry]
  const labelNames = ['model', 'version'] as const
  const info = new Gauge({
    name: 'model_info',
    help: 'Always 1; the labels say which models serve.',
    labelNames: ['model', 'version', 'sha256'],
    registers,
  })
  const swaps = new Counter({
    name: 'model_swaps_total',
    help: 'Changed model files, by whether the new one serves or the old one was kept.',
    labelNames: ['model', 'version', 'outcome'],
    registers,
  })
  const nonFinite = new Counter({
    name: 'model_nonfinite_elements_total',
    help: 'Elements of outputs that were NaN or infinite.',
    labelNames: ['output'],
    registers,
  })
  const batchRows = new Histogram({
    name: 'model_batch_rows',
    help: 'Rows that ran together.',
    labelNames,
    buckets: BATCH_ROWS,
    registers,
  })
  const runSeconds = new Histogram({
    name: 'model_run_seconds',
    help: 'Time of one run of the model, whatever its rows; where it runs elsewhere, with the way there and back.',
    labelNames,
    buckets: RUN_SECONDS,
    registers,
  })
  const queueSeconds = new Histogram({
    name: 'model_queue_seconds',
    help: 'Time that requests waited for their run.',
    labelNames,
    buckets: RUN_SECONDS,
    registers,
  })
  const waiting = new Map<string, { readonly labels: { model: string; version: string }; rows: number }>()
  // Looked up when somebody asks: the number changes twice with every request.
  const queuedRows: Gauge = new Gauge({
    name: 'model_queued_rows',
    help: 'Rows that wait now.',
    labelNames,
    registers,
    collect: () => {
      queuedRows.reset()
      for (const { labels, rows } of waiting.values()) queuedRows.set(labels, rows)
    },
  })
  const restarts = new Counter({
    name: 'model_restarts_total',
    help: 'Starts of a new process for a model whose process ended, overran its deadline or took too much memory.',
    labelNames: ['model', 'version', 'reason'],
    registers,
  })
  const digests = new Map<string, string>()

  return {
    ready({ name: model, version, digest: sha256, signature }, replaced) {
      const before = digests.get(`${model}/${version}`)
      if (before !== undefined) info.remove({ model, version, sha256: before })
      digests.set(`${model}/${version}`, sha256)
      info.set({ model, version, sha256 }, 1)
      swaps.inc({ model, version, outcome: 'replaced' }, replaced ? 1 : 0)
      swaps.inc({ model, version, outcome: 'kept' }, 0)
      for (const { name: output } of signature.outputs) nonFinite.inc({ output }, 0)
    },
    kept({ name: model, version }) {
      swaps.inc({ model, version, outcome: 'kept' })
    },
    gone({ name: model, version, digest: sha256 }) {
      digests.delete(`${model}/${version}`)
      info.remove({ model, version, sha256 })
      waiting.delete(`${model}/${version}`)
    },
    nonFinite(output, elements) {
      nonFinite.inc({ output }, elements)
    },
    executionOf({ name: model, version }) {
      // Looked up once: this is told of every request.
      const labels = { model, version }
      const [rows, run, wait] = [batchRows, runSeconds, queueSeconds].map((metric) => metric.labels(labels))
      const queue = { labels, rows: 0 }
      waiting.set(`${model}/${version}`, queue)
      return {
        queued: (count) => {
          queue.rows = count
        },
        waited: (seconds) => {
          wait!.observe(seconds)
        },
        ran: (count, seconds) => {
          rows!.observe(count)
          run!.observe(seconds)
        },
        restarted: (reason) => {
          restarts.inc({ ...labels, reason })
        },
      }
    },
  }
}
