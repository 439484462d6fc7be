import { stat } from 'node:fs/promises'
import { batchingExecutor } from './batching-executor.ts'
import type { ExecutionRecorder } from './execution-recorder.ts'
import type { Executor } from './executor.ts'
import { measureRunMs, runLargestBatch } from './measure-model.ts'
import type { LoadRequest } from './model-messages.ts'
import { processModel, type ContainmentLimits } from './process-model.ts'
import { threadModel } from './thread-model.ts'
import { isBatchingSafe } from '../model/batch-proof.ts'
import { loadModel, type Model } from '../model/model.ts'

/** A model whose row takes longer would keep the event loop from its connections for too long. */
const MAX_INLINE_RUN_MS = 0.5

/** Loading a larger file keeps its thread busy for tens of milliseconds, whatever a run of it takes. */
const MAX_INLINE_BYTES = 8 * 1024 * 1024

/** Where a model computes: on the calling thread, on one of its own, in a process of its own. */
export type ExecutorKind = 'inline' | 'thread' | 'process'

/** How models are to be executed. */
export interface ExecutionOptions extends ContainmentLimits {
  /** `auto` takes a thread for a model whose file is large or whose run takes long, and the calling thread otherwise. */
  readonly executor: 'auto' | ExecutorKind
  /** Rows that may run together, where that is proved safe. */
  readonly maxBatchRows: number
  readonly maxQueuedRows: number
  readonly queueTimeoutMs: number
}

/** A model that is ready to answer. */
export interface OpenedExecutor {
  readonly model: Model
  readonly executor: Executor
  readonly kind: ExecutorKind
  /** Whether rows of different requests may run together. */
  readonly batching: boolean
}

/**
 * Loads a model where it is to run, proves whether its rows may run together, and warms it.
 *
 * @throws {InputError} where it cannot be loaded
 */
export async function openExecutor(
  load: LoadRequest,
  options: ExecutionOptions,
  recorder: ExecutionRecorder,
): Promise<OpenedExecutor> {
  const { model, kind } = await openModel(load, options, recorder)
  try {
    const batching = options.maxBatchRows > 1 && (await isBatchingSafe(model))
    if (batching) await runLargestBatch(model, options.maxBatchRows)
    const maxBatchRows = batching ? options.maxBatchRows : 1
    const { maxQueuedRows, queueTimeoutMs } = options
    const executor = batchingExecutor(model, {
      maxBatchRows,
      maxQueuedRows,
      queueTimeoutMs,
      overlaps: kind !== 'inline',
      // A contained process is asked one thing at a time: its deadline and its crash are then of that run alone.
      queuesRuns: kind === 'thread',
      recorder,
    })
    return { model, executor, kind, batching }
  } catch (error) {
    await model.release()
    throw error
  }
}

async function openModel(
  load: LoadRequest,
  options: ExecutionOptions,
  recorder: ExecutionRecorder,
): Promise<{ readonly model: Model; readonly kind: ExecutorKind }> {
  switch (options.executor) {
    case 'inline':
      return { model: await loadInline(load), kind: 'inline' }
    case 'thread':
      return { model: await threadModel(load), kind: 'thread' }
    case 'process':
      return { model: await processModel(load, options, recorder), kind: 'process' }
    case 'auto':
      return openWhereItFits(load)
  }
}

async function openWhereItFits(load: LoadRequest): Promise<{ readonly model: Model; readonly kind: ExecutorKind }> {
  if (!(await isLarge(load.path))) {
    const model = await loadInline(load)
    const runMs = await measureRunMs(model, () => performance.now())
    if (runMs === undefined || runMs <= MAX_INLINE_RUN_MS) return { model, kind: 'inline' }
    await model.release()
  }
  return { model: await threadModel(load), kind: 'thread' }
}

/** A file that cannot be read is for the loading to complain about. */
async function isLarge(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined)
  return found !== undefined && found.size > MAX_INLINE_BYTES
}

function loadInline({ path, name, providers }: LoadRequest): Promise<Model> {
  return loadModel(path, name, { providers })
}
