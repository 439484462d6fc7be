import { batchingExecutor } from '../execution/batching-executor.ts'
import type { Job } from '../execution/executor.ts'
import type { LoadRequest } from '../execution/model-messages.ts'
import { ServingError } from '../execution/serving-error.ts'
import { threadModel } from '../execution/thread-model.ts'
import { isBatchingSafe } from '../model/batch-proof.ts'
import type { Model } from '../model/model.ts'
import type { Tensor } from '../model/tensor.ts'

/** Rows that run together. More save nothing, and take longer than a live request should wait for a processor. */
const MAX_BATCH_ROWS = 64

/** A model that runs for comparisons alone. */
export interface BackgroundModel extends Pick<Model, 'name' | 'digest' | 'signature'> {
  /** @throws {ServingError} modelFailed, or draining once it closes */
  run(job: Job): Promise<readonly Tensor[]>
  /** Refuses what waits and frees the model; while a run of it hangs, this does not settle. */
  close(): Promise<void>
}

/**
 * Loads a model in a thread of the lowest priority: it takes what live requests leave of the processor, and no live request waits
 * behind it.
 *
 * @throws {InputError} as `loadModel` does
 */
export async function backgroundModel(load: Omit<LoadRequest, 'isBackground'>): Promise<BackgroundModel> {
  const model = await threadModel({ ...load, isBackground: true })
  const { name, digest, signature } = model
  let isOpen = true
  const stopping = new ServingError('draining', `Cannot run model '${name}': the server is stopping`)
  // Once the pod stops, what waits is not worth running any more.
  const endable: Model = { ...model, run: (feeds) => (isOpen ? model.run(feeds) : Promise.reject(stopping)) }
  const maxBatchRows = (await isBatchingSafe(model)) ? MAX_BATCH_ROWS : 1
  const executor = batchingExecutor(endable, { maxBatchRows, maxQueuedRows: Infinity })
  return {
    name,
    digest,
    signature,
    run: (job) => executor.run(job),
    async close() {
      isOpen = false
      await executor.drain()
      await executor.release()
    },
  }
}
