import { stat } from 'node:fs/promises'
import { batchingExecutor } from './batching-executor.ts'
import type { ExecutionRecorder } from './execution-recorder.ts'
import type { Executor } from './executor.ts'
import { measureModel, runSampleBatch } from './measure-model.ts'
import type { LoadRequest } from './model-messages.ts'
import { tryModel } from './model-trial.ts'
import { processModel, type ContainmentLimits } from './process-model.ts'
import { withRunDeadline } from './run-deadline.ts'
import { threadModel } from './thread-model.ts'
import { loadModel, type Model } from '../model/model.ts'

/** A model whose row takes longer would keep the event loop from its connections for too long. */
const MAX_INLINE_RUN_MS = 0.5

/** Loading a larger file keeps its thread busy for tens of milliseconds, whatever a run of it takes. */
const MAX_INLINE_BYTES = 8 * 1024 * 1024

/** Where a model computes: on the calling thread, on one of its own, in a process of its own. */
export type ExecutorKind = 'inline' | 'thread' | 'process'

/** How models are to be executed. */
export interface ExecutionOptions extends ContainmentLimits {
  /**
   * `auto` tries a model in a process, then takes a thread where the file is large or a run takes long, and the calling thread
   * otherwise. The others take the model as it is.
   */
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

/** A model that has been loaded where it is to run, and has run there. */
interface PlacedModel {
  readonly model: Model
  readonly kind: ExecutorKind
  readonly batchRows: number
}

/**
 * Loads a model where it is to run, proves whether its rows may run together, and warms it.
 *
 * @throws {InputError} where it cannot be loaded or, with `auto`, crashes or hangs when it is tried
 */
export async function openExecutor(
  load: LoadRequest,
  options: ExecutionOptions,
  recorder: ExecutionRecorder,
): Promise<OpenedExecutor> {
  const { maxQueuedRows, queueTimeoutMs } = options
  const { model, kind, batchRows } = await placeModel(load, options, recorder)
  const executor = batchingExecutor(model, {
    maxBatchRows: batchRows,
    maxQueuedRows,
    queueTimeoutMs,
    overlaps: kind !== 'inline',
    // A contained process is asked one thing at a time: its deadline and its crash are then of that run alone.
    queuesRuns: kind === 'thread',
    recorder,
  })
  return { model, executor, kind, batching: batchRows > 1 }
}

function placeModel(load: LoadRequest, options: ExecutionOptions, recorder: ExecutionRecorder): Promise<PlacedModel> {
  const { executor: kind, maxBatchRows, runTimeoutMs } = options
  switch (kind) {
    case 'inline':
      return measured(loadInline(load), kind, maxBatchRows)
    case 'thread':
      return measured(loadInThread(load, runTimeoutMs), kind, maxBatchRows)
    case 'process':
      return measured(processModel(load, options, recorder), kind, maxBatchRows)
    case 'auto':
      return placeWhereItFits(load, options)
  }
}

async function measured(loading: Promise<Model>, kind: ExecutorKind, maxBatchRows: number): Promise<PlacedModel> {
  const model = await loading
  const { batchRows } = await orRelease(model, measureModel(model, maxBatchRows, now))
  return { model, kind, batchRows }
}

/** Tried in a process first, because on this thread or another a model that crashes or hangs would take the server with it. */
async function placeWhereItFits(load: LoadRequest, options: ExecutionOptions): Promise<PlacedModel> {
  const { maxBatchRows, runTimeoutMs } = options
  const { runMs = 0, batchRows } = await tryModel(load, maxBatchRows, runTimeoutMs)
  const isLight = runMs <= MAX_INLINE_RUN_MS && !(await isLarge(load.path))
  const model = await (isLight ? loadInline(load) : loadInThread(load, runTimeoutMs))
  await orRelease(model, runSampleBatch(model, batchRows))
  return { model, kind: isLight ? 'inline' : 'thread', batchRows }
}

async function orRelease<T>(model: Model, use: Promise<T>): Promise<T> {
  try {
    return await use
  } catch (error) {
    await model.release()
    throw error
  }
}

/** A file that cannot be read is for the loading to complain about. */
async function isLarge(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined)
  return found !== undefined && found.size > MAX_INLINE_BYTES
}

function loadInline({ path, name, providers }: LoadRequest): Promise<Model> {
  return loadModel(path, name, { providers })
}

async function loadInThread(load: LoadRequest, runTimeoutMs: number): Promise<Model> {
  return withRunDeadline(await threadModel(load), runTimeoutMs, now)
}

function now(): number {
  return performance.now()
}
