import type { ModelCatalogue, ServedModel } from '../catalogue/served-model.ts'
import { batchingExecutor } from '../execution/batching-executor.ts'
import type { Executor } from '../execution/executor.ts'
import { ServingError } from '../execution/serving-error.ts'
import { threadModel } from '../execution/thread-model.ts'
import { isBatchingSafe } from '../model/batch-proof.ts'
import type { Model } from '../model/model.ts'
import type { Candidate } from './compare-batch.ts'

/** Rows that run together. More save nothing, and take longer than a live request should wait for a processor. */
const MAX_BATCH_ROWS = 64

export interface CandidatesOptions {
  readonly catalogue: ModelCatalogue
  /** Where the file of a version is; undefined once it has gone. */
  readonly pathOf: (model: ServedModel) => Promise<string | undefined>
  readonly providers: readonly string[]
  /** Told when a model cannot be loaded a second time; its comparisons are left out. */
  readonly onFault: (error: unknown) => void
}

/** The models of a pod, loaded once more for comparisons alone. */
export interface ShadowCandidates {
  /**
   * The model that stable's is to be compared with: the one of its name or, where the name has changed, the default model.
   * Undefined while there is none.
   */
  find(name: string): Promise<Candidate | undefined>
  /** Frees them; models that hang are left behind. */
  close(): Promise<void>
}

interface Loaded {
  readonly candidate: Candidate
  readonly executor: Executor
}

/**
 * Loads each model when it is first needed, in a thread of the lowest priority: comparisons take what live requests leave of the
 * processor, and no live request waits behind a batch of copies. It costs the memory of a second session.
 */
export function shadowCandidates({ catalogue, pathOf, providers, onFault }: CandidatesOptions): ShadowCandidates {
  const loads = new Map<string, Promise<Loaded | undefined>>()
  let isOpen = true

  return {
    async find(name) {
      const served = catalogue.find(name) ?? catalogue.find()
      if (served === undefined) return undefined
      const key = JSON.stringify([served.name, served.version, served.digest])
      await forget((known) => known !== key && isVersionOf(known, served))
      const load = loads.get(key) ?? open(served, key)
      loads.set(key, load)
      return (await load)?.candidate
    },
    close() {
      isOpen = false
      return forget(() => true)
    },
  }

  async function open(served: ServedModel, key: string): Promise<Loaded | undefined> {
    try {
      const path = await pathOf(served)
      if (path === undefined) {
        loads.delete(key)
        return undefined
      }
      const model = await threadModel({ path, name: served.name, providers, isBackground: true })
      const maxBatchRows = (await isBatchingSafe(model)) ? MAX_BATCH_ROWS : 1
      const executor = batchingExecutor(endable(model), { maxBatchRows, maxQueuedRows: Infinity })
      if (model.digest === served.digest) {
        return { executor, candidate: { signature: model.signature, run: (job) => executor.run(job) } }
      }
      // The file was exchanged a moment ago; the catalogue will know of it soon.
      loads.delete(key)
      await free(executor)
      return undefined
    } catch (error) {
      onFault(error)
      return undefined
    }
  }

  /** Once the pod stops, what waits is not worth running any more. */
  function endable(model: Model): Model {
    const stopping = new ServingError('draining', `Cannot run model '${model.name}': the server is stopping`)
    return { ...model, run: (feeds) => (isOpen ? model.run(feeds) : Promise.reject(stopping)) }
  }

  async function forget(isOver: (key: string) => boolean): Promise<void> {
    const over = [...loads].filter(([key]) => isOver(key))
    for (const [key] of over) loads.delete(key)
    await Promise.all(over.map(async ([, load]) => free((await load)?.executor)))
  }
}

function isVersionOf(key: string, { name, version }: ServedModel): boolean {
  return key.startsWith(JSON.stringify([name, version]).slice(0, -1))
}

async function free(executor: Executor | undefined): Promise<void> {
  await executor?.drain()
  await executor?.release()
}
