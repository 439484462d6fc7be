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
  /** Whether the model can be given the next run while it still computes one, and takes them in their order. */
  readonly queuesRuns?: boolean
  /** How long a job may wait before it runs; without a limit when absent. */
  readonly queueTimeoutMs?: number
  readonly recorder?: ExecutionRecorder
  /** Milliseconds of a clock that never goes back. */
  readonly now?: () => number
}

/** Share by which a peak of the load is forgotten at each run. */
const PEAK_DECAY = 1 / 8

/** Gives jobs that have run their answers. */
type Settle = () => void

/**
 * Runs a model, wherever it computes, one native run after the other, and puts together what waits meanwhile.
 *
 * On the calling thread, ONNX Runtime computes inside a setImmediate callback. One callback per request would run them all
 * within one turn of the event loop, and since the loop accepts one connection a turn, health probes would starve behind them.
 * On another thread or in another process, one run under way at a time lets the next batch gather by itself. A second one
 * follows it ahead of time only when it has grown as large, so that the thread need not wait for this one to notice that it has
 * finished. Waiting a fixed time for company was rejected: it is the first thing a lone request would pay for.
 */
export function batchingExecutor(model: Model, options: BatchingExecutorOptions): Executor {
  const { maxBatchRows, maxQueuedRows, queueTimeoutMs = Infinity, overlaps = false, queuesRuns = false } = options
  const { recorder = UNRECORDED, now = () => performance.now() } = options
  const queue: Waiting[] = []
  /** Batches that run, and the turn of the event loop in which a first one gathers. */
  const underWay = new Set<Promise<void>>()
  let gathering = false
  let running = 0
  let queuedRows = 0
  /** Rows that are off the queue and not yet answered. */
  let takenRows = 0
  let peakRows = 0
  let lastEndMs = 0
  let draining = false
  let alarm: NodeJS.Timeout | undefined

  async function gather(): Promise<void> {
    gathering = true
    await nextTick()
    gathering = false
    startRuns()
  }

  function startRuns(): void {
    refuseLate()
    while (queue.length > 0 && (running === 0 || canRunAhead())) watch(runNext())
  }

  async function runNext(): Promise<void> {
    followLoad(queuedRows + takenRows)
    const batch = takeBatch(queue, batchLimit())
    const rows = countRows(batch)
    const startMs = now()
    for (const { queuedAtMs } of batch) recorder.waited((startMs - queuedAtMs) / 1_000)
    count(-rows)
    running += 1
    takenRows += rows
    const settle = await runBatch(batch)
    running -= 1
    // Writing answers takes as long as many a run: the model computes meanwhile.
    startRuns()
    settle()
    takenRows -= rows
  }

  function watch(task: Promise<void>): void {
    underWay.add(task)
    void task.then(() => underWay.delete(task))
  }

  function followLoad(unansweredRows: number): void {
    peakRows = Math.max(unansweredRows, peakRows - (peakRows - unansweredRows) * PEAK_DECAY)
  }

  /**
   * Half of the rows that senders have wanted answers to at one time. With one half computing while the other is read and
   * written, neither side waits; a batch of all would leave the next one next to nothing, at almost the price of a full one.
   */
  function batchLimit(): number {
    return overlaps ? Math.min(maxBatchRows, Math.ceil(peakRows / 2)) : maxBatchRows
  }

  function canRunAhead(): boolean {
    return queuesRuns && running === 1 && queuedRows >= batchLimit()
  }

  /**
   * Runs jobs together, or apart where that fails: one row that fails would fail its whole batch, and only running them apart
   * shows which it is.
   */
  async function runBatch(batch: readonly Waiting[]): Promise<Settle> {
    if (batch.length === 1) return runAlone(batch[0]!)
    const rows = countRows(batch)
    const outputs = await runFeeds(joinFeeds(batch), rows).catch(() => undefined)
    if (outputs?.every(({ dims }) => dims[0] === rows) === true) {
      return () => {
        handOut(batch, outputs)
      }
    }
    for (const waiting of batch.slice(0, -1)) (await runAlone(waiting))()
    return runAlone(batch.at(-1)!)
  }

  function runAlone({ job, size, resolve, reject }: Waiting): Promise<Settle> {
    return runFeeds(job.feeds, size).then(
      (outputs) => () => {
        resolve(outputs)
      },
      (error: unknown) => () => {
        reject(error)
      },
    )
  }

  async function runFeeds(feeds: readonly Tensor[], rows: number): Promise<Tensor[]> {
    const askedMs = now()
    try {
      return await model.run(feeds)
    } finally {
      const endMs = now()
      // A run that was queued began when the one before it ended.
      recorder.ran(rows, (endMs - Math.max(askedMs, lastEndMs)) / 1_000)
      lastEndMs = endMs
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
        if (running === 0 && !gathering) watch(gather())
        else if (canRunAhead()) startRuns()
        watchQueue()
      })
    },
    async drain() {
      draining = true
      while (underWay.size > 0) await Promise.all(underWay)
      clearTimeout(alarm)
    },
    release: () => model.release(),
  }
}
