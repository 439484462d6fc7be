import type { Job } from './executor.ts'
import { joinRows, takeRows, type Tensor } from '../model/tensor.ts'

/** A job in a queue and whoever waits for it. */
export interface Waiting {
  readonly job: Job
  /** Rows that it counts as. */
  readonly size: number
  readonly queuedAtMs: number
  readonly resolve: (outputs: readonly Tensor[]) => void
  readonly reject: (reason: unknown) => void
}

/** Takes the first job off a queue, and those behind it that may run with it, in their order. */
export function takeBatch(queue: Waiting[], maxBatchRows: number): Waiting[] {
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

/** Rows of all jobs of a batch. */
export function countRows(batch: readonly Waiting[]): number {
  return batch.reduce((sum, { size }) => sum + size, 0)
}

/** One set of inputs with the rows of all jobs, in their order. */
export function joinFeeds(batch: readonly Waiting[]): Tensor[] {
  return batch[0]!.job.feeds.map((_, i) => joinRows(batch.map(({ job }) => job.feeds[i]!)))
}

/** Gives each job of a batch its own rows. */
export function handOut(batch: readonly Waiting[], outputs: readonly Tensor[]): void {
  let from = 0
  for (const { size, resolve } of batch) {
    const start = from
    resolve(outputs.map((output) => takeRows(output, start, size)))
    from += size
  }
}

function haveEqualRows(a: Job, b: Job): boolean {
  return a.feeds.every(({ dims }, i) => {
    const others = b.feeds[i]!.dims
    return dims.length === others.length && dims.every((dim, axis) => axis === 0 || dim === others[axis])
  })
}
