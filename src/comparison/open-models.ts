import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { basename } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { InputError } from '#faults'
import { batchingExecutor, describeSignature, isBatchingSafe, processModel, type Model } from '#runtime'
import type { AnsweringModel } from './compare-models.ts'
import { isModelFile } from './model-file.ts'
import type { ComparedModel } from './record.ts'

/** Room for the process itself, and for its model: loaded and optimised, it takes a few times its file. */
const PROCESS_BYTES = 1024 ** 3
const MEMORY_PER_FILE_BYTE = 8

const BATCH_ROWS = 32

/** A model in a process of its own, and what happened to that. */
export interface ContainedModel {
  readonly kind: 'contained'
  readonly model: Model
  readonly about: ComparedModel
  /** How often its process had to be started anew: it ended, took too long, or grew too large. */
  readonly restarts: () => number
}

/** A model file that cannot be loaded. */
export interface UnloadableModel {
  readonly kind: 'unloadable'
  /** Nothing was loaded, so there is nothing to free. */
  readonly model: Pick<Model, 'release'>
  readonly about: ComparedModel
  /** What happened when it was to be loaded. */
  readonly reason: string
}

/**
 * Loads a candidate where it can harm nobody. One that ends its process, hangs or takes too much memory while it is loaded, or that
 * ONNX Runtime refuses, would do so in front of users as well: that is a finding about the candidate and no fault of the input.
 *
 * @param runTimeoutMs longest run
 * @throws {InputError} where the file cannot be read or is no whole model
 */
export async function openCandidate(path: string, runTimeoutMs: number): Promise<ContainedModel | UnloadableModel> {
  try {
    return await openContained(path, runTimeoutMs)
  } catch (error) {
    if (!(error instanceof InputError) || !(await isModelFile(path))) throw error
    const about = { name: basename(path), sha256: await digestOf(path), signature: null }
    const reason = error.faults.map(({ path: place, text }) => (place === '' ? text : `${place}: ${text}`)).join('; ')
    return { kind: 'unloadable', model: { release: () => Promise.resolve() }, about, reason }
  }
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
  return { kind: 'contained', model, about, restarts: () => restarts }
}

/** A file that is not there is for the loading to complain about. */
async function sizeOf(path: string): Promise<number> {
  return stat(path).then(
    ({ size }) => size,
    () => 0,
  )
}

async function digestOf(path: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path), hash)
  return hash.digest('hex')
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
