import { setImmediate as nextTick } from 'node:timers/promises'
import { countRows, handOut, joinFeeds, takeBatch, type Waiting } from './batch.ts'
import { UNRECORDED, type ExecutionRecorder } from './execution-recorder.ts'
import type { Executor } from './executor.ts'
import type { Model } from '../model/model.ts'
import { ServingError, type ServingErrorCode } from './serving-error.ts'
import type { Tensor } from '../model/tensor.ts'

/** Limits of a batching executor, and what it tells others. */
export interface BatchingExecutorOptions {
  /** Rows that may run together; 1 where batching is not proved safe for the model. */
  readonly maxBatchRows: number
  /** Rows that may wait; a job beyond them is refused. */
  readonly maxQueuedRows: number
  /** Whether the model computes while this thread reads and writes requests. */
  readonly overlaps?: boolean
  /** How long a job may wait before it runs; without a limit when absent. */
  readonly queueTimeoutMs?: number
  readonly recorder?: ExecutionRecorder
  /** Milliseconds of a clock that never goes back. */
  readonly now?: () => number
}

/**
 * Runs a model, wherever it computes, one native run at a time, and puts together what waits meanwhile.
 *
 * On the calling thread, ONNX Runtime computes inside a setImmediate callback. One callback per request would run them all
 * within one turn of the event loop, and since the loop accepts one connection a turn, health probes would starve behind them.
 * On another thread or in another process, one run under way at a time lets the next batch gather by itself. Waiting a fixed
 * time for company was rejected: it is the first thing a lone request would pay for.
 */
export function batchingExecutor(model: Model, options: BatchingExecutorOptions): Executor {
  const { maxBatchRows, maxQueuedRows, queueTimeoutMs = Infinity, overlaps = false } = options
  const { recorder = UNRECORDED, now = () => performance.now() } = options
  const queue: Waiting[] = []
  let queuedRows = 0
  let lastRows = 0
  let draining = false
  let working: Promise<void> | undefined
  let alarm: NodeJS.Timeout | undefined

  async function work(): Promise<void> {
    await nextTick()
    for (;;) {
      refuseLate()
      if (queue.length === 0) break
      const batch = takeBatch(queue, batchLimit())
      const startMs = now()
      for (const { queuedAtMs } of batch) recorder.waited((startMs - queuedAtMs) / 1_000)
      lastRows = countRows(batch)
      count(-lastRows)
      await runBatch(batch)
    }
    working = undefined
  }

  /**
   * Half of what waits and of what was just answered and may come again. With one half computing while the other is read and
   * written, neither side waits; a batch of all would leave the next one next to nothing, at almost the price of a full one.
   */
  function batchLimit(): number {
    return overlaps ? Math.min(maxBatchRows, Math.ceil((queuedRows + lastRows) / 2)) : maxBatchRows
  }

  /** One row that fails would fail its whole batch, and only running them apart shows which it is. */
  async function runBatch(batch: readonly Waiting[]): Promise<void> {
    if (batch.length > 1) {
      const rows = countRows(batch)
      const outputs = await runFeeds(joinFeeds(batch), rows).catch(() => undefined)
      if (outputs?.every(({ dims }) => dims[0] === rows) === true) {
        handOut(batch, outputs)
        return
      }
    }
    for (const { job, size, resolve, reject } of batch) await runFeeds(job.feeds, size).then(resolve, reject)
  }

  async function runFeeds(feeds: readonly Tensor[], rows: number): Promise<Tensor[]> {
    const startMs = now()
    try {
      return await model.run(feeds)
    } finally {
      recorder.ran(rows, (now() - startMs) / 1_000)
    }
  }

  function refuseLate(): void {
    while (queue.length > 0 && now() - queue[0]!.queuedAtMs >= queueTimeoutMs) {
      const { size, reject } = queue.shift()!
      count(-size)
      reject(refusal('timedOut', `no run began within ${queueTimeoutMs} ms`))
    }
  }

  /** Looks again when the first job will have waited too long, since a run may then still be under way. */
  function watchQueue(): void {
    if (alarm !== undefined || queue.length === 0 || queueTimeoutMs === Infinity) return
    alarm = setTimeout(
      () => {
        alarm = undefined
        refuseLate()
        watchQueue()
      },
      queue[0]!.queuedAtMs + queueTimeoutMs - now(),
    )
  }

  function count(rows: number): void {
    queuedRows += rows
    recorder.queued(queuedRows)
  }

  function refusal(code: ServingErrorCode, detail: string): ServingError {
    return new ServingError(code, `Cannot run model '${model.name}': ${detail}`)
  }

  return {
    run(job) {
      const size = job.rows ?? 1
      if (draining) return Promise.reject(refusal('draining', 'the server is stopping'))
      if (queue.length > 0 && queuedRows + size > maxQueuedRows) {
        return Promise.reject(refusal('overloaded', `${queuedRows} of ${maxQueuedRows} rows are waiting already`))
      }
      count(size)
      return new Promise((resolve, reject) => {
        queue.push({ job, size, queuedAtMs: now(), resolve, reject })
        working ??= work()
        watchQueue()
      })
    },
    async drain() {
      draining = true
      await working
      clearTimeout(alarm)
    },
    release: () => model.release(),
  }
}
