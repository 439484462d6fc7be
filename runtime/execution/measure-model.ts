import type { Model } from '../model/model.ts'
import { sampleFeeds } from '../model/sample-feeds.ts'
import { joinRows } from '../model/tensor.ts'
import { ServingError } from './serving-error.ts'

const WARM_UP_RUNS = 3
const MEASURED_RUNS = 7

/**
 * Time of one run of one made-up row, the shortest of several: a busy machine makes runs longer, never shorter.
 *
 * @param now milliseconds of a clock that never goes back
 * @returns milliseconds; undefined where the model cannot run what was made up
 */
export async function measureRunMs(model: Model, now: () => number): Promise<number | undefined> {
  let shortestMs: number | undefined
  for (let run = 0; run < WARM_UP_RUNS + MEASURED_RUNS; run += 1) {
    const feeds = sampleFeeds(model.signature, run)
    if (feeds === undefined) return undefined
    const startMs = now()
    if (!(await canRun(model, feeds))) return undefined
    if (run >= WARM_UP_RUNS) shortestMs = Math.min(shortestMs ?? Infinity, now() - startMs)
  }
  return shortestMs
}

/** Runs the largest batch once, so that the model's memory is mapped before the first user needs it. */
export async function runLargestBatch(model: Model, maxBatchRows: number): Promise<void> {
  const rows = Array.from({ length: maxBatchRows }, (_, variant) => sampleFeeds(model.signature, variant))
  const [first] = rows
  if (first === undefined || first.length === 0) return
  await canRun(
    model,
    first.map((_, i) => joinRows(rows.map((feeds) => feeds![i]!))),
  )
}

async function canRun(model: Model, feeds: Parameters<Model['run']>[0]): Promise<boolean> {
  try {
    await model.run(feeds)
    return true
  } catch (error) {
    if (error instanceof ServingError) return false
    throw error
  }
}
