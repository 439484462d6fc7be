import type { Executor } from '../execution/executor.ts'
import type { Model } from '../model/model.ts'
import type { ModelCatalogue, ServedModel } from './served-model.ts'

const VERSION = '1'

/** A catalogue of one model, as version 1, that is always ready. */
export function singleModel(
  { name, digest, signature }: Pick<Model, 'name' | 'digest' | 'signature'>,
  executor: Pick<Executor, 'run'>,
): ModelCatalogue {
  const served: ServedModel = { name, version: VERSION, digest, signature, run: (job) => executor.run(job) }
  return {
    find: (wanted = name, version = VERSION) => (wanted === name && version === VERSION ? served : undefined),
    list: () => [{ name, version: VERSION, state: 'ready', reason: '' }],
    stuckMs: () => 0,
  }
}
