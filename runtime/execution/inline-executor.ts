import { setImmediate as nextTick } from 'node:timers/promises'
import type { Executor, Job } from './executor.ts'
import type { Model } from '../model/model.ts'
import { ServingError } from './serving-error.ts'
import { joinRows, takeRows, type Tensor } from '../model/tensor.ts'

/** Limits of an inline executor. */
export interface InlineExecutorOptions {
  /** Rows that may run together; 1 where batching is not proved safe for the model. */
  readonly maxBatchRows: number
  /** Rows that may wait; a job beyond them is refused. */
  readonly maxQueuedRows: number
}

interface Waiting {
  readonly job: Job
  readonly size: number
  readonly resolve: (outputs: readonly Tensor[]) => void
  readonly reject: (reason: unknown) => void
}

/**
 * Runs a model on the calling thread, one native run per turn of the event loop, and puts together what waits.
 *
 * ONNX Runtime on Node computes inside a setImmediate callback. One callback per request would run them all within one turn
 * of the loop, and since the loop accepts one connection a turn, health probes would starve behind them. Waiting a fixed time
 * for company was rejected: it is the first thing a lone request would pay for, and under load jobs gather by themselves.
 */
export function inlineExecutor(model: Model, { maxBatchRows, maxQueuedRows }: InlineExecutorOptions): Executor {
  const queue: Waiting[] = []
  let queuedRows = 0
  let draining = false
  let working: Promise<void> | undefined

  async function work(): Promise<void> {
    await nextTick()
    while (queue.length > 0) {
      const batch = takeBatch(queue, maxBatchRows)
      for (const { size } of batch) queuedRows -= size
      await runBatch(model, batch)
    }
    working = undefined
  }

  return {
    run(job) {
      const size = job.rows ?? 1
      if (draining) return Promise.reject(refusal(model, 'draining', 'the server is stopping'))
      if (queue.length > 0 && queuedRows + size > maxQueuedRows) {
        return Promise.reject(
          refusal(model, 'overloaded', `${queuedRows} of ${maxQueuedRows} rows are waiting already`),
        )
      }
      queuedRows += size
      return new Promise((resolve, reject) => {
        queue.push({ job, size, resolve, reject })
        working ??= work()
      })
    },
    async drain() {
      draining = true
      await working
    },
    release: () => model.release(),
  }
}

function refusal(model: Model, code: 'draining' | 'overloaded', detail: string): ServingError {
  return new ServingError(code, `Cannot run model '${model.name}': ${detail}`)
}

/** Takes the first job and those behind it that may run with it, in their order. */
function takeBatch(queue: Waiting[], maxBatchRows: number): Waiting[] {
  const first = queue[0]!
  let rows = first.size
  let taken = 1
  while (taken < queue.length && first.job.rows !== undefined) {
    const next = queue[taken]!
    if (next.job.rows === undefined || rows + next.size > maxBatchRows || !haveEqualRows(first.job, next.job)) break
    rows += next.size
    taken += 1
  }
  return queue.splice(0, taken)
}

function haveEqualRows(a: Job, b: Job): boolean {
  return a.feeds.every(({ dims }, i) => {
    const others = b.feeds[i]!.dims
    return dims.length === others.length && dims.every((dim, axis) => axis === 0 || dim === others[axis])
  })
}

async function runBatch(model: Model, batch: readonly Waiting[]): Promise<void> {
  if (batch.length > 1 && (await runTogether(model, batch))) return
  for (const waiting of batch) await runAlone(model, waiting)
}

/** False when the batch failed as a whole: one bad row fails them all, and only running them apart shows which. */
async function runTogether(model: Model, batch: readonly Waiting[]): Promise<boolean> {
  let outputs: readonly Tensor[]
  const rows = batch.reduce((sum, { size }) => sum + size, 0)
  try {
    outputs = await model.run(joinFeeds(batch))
  } catch {
    return false
  }
  if (outputs.some(({ dims }) => dims[0] !== rows)) return false
  let from = 0
  for (const { size, resolve } of batch) {
    const start = from
    resolve(outputs.map((output) => takeRows(output, start, size)))
    from += size
  }
  return true
}

async function runAlone(model: Model, { job, resolve, reject }: Waiting): Promise<void> {
  try {
    resolve(await model.run(job.feeds))
  } catch (error) {
    reject(error)
  }
}

function joinFeeds(batch: readonly Waiting[]): Tensor[] {
  return batch[0]!.job.feeds.map((_, i) => joinRows(batch.map(({ job }) => job.feeds[i]!)))
}
