import { isBatchingSafe } from '../model/batch-proof.ts'
import type { Model } from '../model/model.ts'
import { sampleFeeds } from '../model/sample-feeds.ts'
import { joinRows, type Tensor } from '../model/tensor.ts'
import { ServingError } from './serving-error.ts'

const WARM_UP_RUNS = 3
const MEASURED_RUNS = 7

/** A model that has run for so long has been measured well enough. */
const MAX_MEASURING_MS = 1_000

/** A longer batch would make everybody behind it wait, and come near the deadline of a run. */
const MAX_BATCH_RUN_MS = 1_000

/** What made-up rows show of a model. */
export interface MeasuredModel {
  /** Time of one row; undefined where the model cannot run what was made up. */
  readonly runMs: number | undefined
  /** Rows that may run together: 1 where batching is not proved safe. */
  readonly batchRows: number
}

/**
 * Runs a model on made-up rows: one by one, in pairs that prove batching safe or not, and in growing batches. It leaves the
 * model warm, with the memory of the largest batch mapped.
 *
 * @param maxBatchRows rows that may run together at most
 * @param now milliseconds of a clock that never goes back
 */
export async function measureModel(model: Model, maxBatchRows: number, now: () => number): Promise<MeasuredModel> {
  const runMs = await measureRunMs(model, now)
  const isBatching = maxBatchRows > 1 && (await isBatchingSafe(model))
  return { runMs, batchRows: isBatching ? await longestBatch(model, maxBatchRows, now) : 1 }
}

/** Runs a batch of made-up rows once, so that the model's memory is mapped before the first user needs it. */
export async function runSampleBatch(model: Model, rows: number): Promise<void> {
  const batch = sampleBatch(model, rows)
  if (batch !== undefined) await canRun(model, batch)
}

/** The shortest of several runs: a busy machine makes runs longer, never shorter. */
async function measureRunMs(model: Model, now: () => number): Promise<number | undefined> {
  const beginMs = now()
  let shortestMs: number | undefined
  for (let run = 0; run < WARM_UP_RUNS + MEASURED_RUNS; run += 1) {
    const feeds = sampleFeeds(model.signature, run)
    const startMs = now()
    if (feeds === undefined || !(await canRun(model, feeds))) return undefined
    const endMs = now()
    const isLast = endMs - beginMs > MAX_MEASURING_MS
    if (isLast || run >= WARM_UP_RUNS) shortestMs = Math.min(shortestMs ?? Infinity, endMs - startMs)
    if (isLast) break
  }
  return shortestMs
}

/** Most rows of a batch that runs within the limit, found by doubling. */
async function longestBatch(model: Model, maxBatchRows: number, now: () => number): Promise<number> {
  for (let rows = 2; ; rows = Math.min(2 * rows, maxBatchRows)) {
    const batch = sampleBatch(model, rows)
    const startMs = now()
    if (batch === undefined || !(await canRun(model, batch))) return 1
    if (rows === maxBatchRows || 2 * (now() - startMs) > MAX_BATCH_RUN_MS) return rows
  }
}

function sampleBatch({ signature }: Model, count: number): Tensor[] | undefined {
  const rows = Array.from({ length: count }, (_, variant) => sampleFeeds(signature, variant))
  const made = rows.filter((feeds) => feeds !== undefined)
  if (made.length < count) return undefined
  return signature.inputs.map((_, i) => joinRows(made.map((feeds) => feeds[i]!)))
}

async function canRun(model: Model, feeds: readonly Tensor[]): Promise<boolean> {
  try {
    await model.run(feeds)
    return true
  } catch (error) {
    if (error instanceof ServingError) return false
    throw error
  }
}
