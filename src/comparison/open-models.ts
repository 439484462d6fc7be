import { stat } from 'node:fs/promises'
import { basename } from 'node:path'
import { batchingExecutor, describeSignature, isBatchingSafe, processModel, type Model } from '#runtime'
import type { AnsweringModel } from './compare-models.ts'
import type { ComparedModel } from './record.ts'

/** Room for the process itself, and for its model: loaded and optimised, it takes a few times its file. */
const PROCESS_BYTES = 1024 ** 3
const MEMORY_PER_FILE_BYTE = 8

const BATCH_ROWS = 32

/** A model in a process of its own, and what happened to that. */
export interface ContainedModel {
  readonly model: Model
  readonly about: ComparedModel
  /** How often its process had to be started anew: it ended, took too long, or grew too large. */
  readonly restarts: () => number
}

/**
 * Loads a model where it can harm nobody.
 *
 * @param runTimeoutMs longest run
 * @throws {InputError} where the file cannot be read or is no model that can be run
 */
export async function openContained(path: string, runTimeoutMs: number): Promise<ContainedModel> {
  let restarts = 0
  const model = await processModel(
    { path, name: basename(path, '.onnx'), providers: ['cpu'] },
    { runTimeoutMs, maxMemoryBytes: PROCESS_BYTES + MEMORY_PER_FILE_BYTE * (await sizeOf(path)) },
    {
      restarted() {
        restarts += 1
      },
    },
  )
  const about = { name: basename(path), sha256: model.digest, signature: describeSignature(model.signature) }
  return { model, about, restarts: () => restarts }
}

/** A file that is not there is for the loading to complain about. */
async function sizeOf(path: string): Promise<number> {
  return stat(path).then(
    ({ size }) => size,
    () => 0,
  )
}

/** How many rows may run together: as many as a busy server would put together, where that is proved safe for both models. */
export async function batchRowsFor(models: readonly Model[]): Promise<number> {
  for (const model of models) if (!(await isBatchingSafe(model))) return 1
  return BATCH_ROWS
}

/** Answers jobs with a model, however many come at once. */
export function answering(model: Model, maxBatchRows: number): AnsweringModel {
  return { signature: model.signature, executor: batchingExecutor(model, { maxBatchRows, maxQueuedRows: Infinity }) }
}
