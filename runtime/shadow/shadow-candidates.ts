import type { ModelCatalogue, ServedModel } from '../catalogue/served-model.ts'
import { backgroundModel, type BackgroundModel } from './background-model.ts'
import type { Candidate } from './compare-batch.ts'

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

/** Loads each model when it is first needed, in the background. It costs the memory of a second session. */
export function shadowCandidates({ catalogue, pathOf, providers, onFault }: CandidatesOptions): ShadowCandidates {
  const loads = new Map<string, Promise<BackgroundModel | undefined>>()

  return {
    async find(name) {
      const served = catalogue.find(name) ?? catalogue.find()
      if (served === undefined) return undefined
      const key = JSON.stringify([served.name, served.version, served.digest])
      await forget((known) => known !== key && isVersionOf(known, served))
      const load = loads.get(key) ?? open(served, key)
      loads.set(key, load)
      return load
    },
    close: () => forget(() => true),
  }

  async function open(served: ServedModel, key: string): Promise<BackgroundModel | undefined> {
    try {
      const path = await pathOf(served)
      if (path === undefined) {
        loads.delete(key)
        return undefined
      }
      const model = await backgroundModel({ path, name: served.name, providers })
      if (model.digest === served.digest) return model
      // The file was exchanged a moment ago; the catalogue will know of it soon.
      loads.delete(key)
      await model.close()
      return undefined
    } catch (error) {
      onFault(error)
      return undefined
    }
  }

  async function forget(isOver: (key: string) => boolean): Promise<void> {
    const over = [...loads].filter(([key]) => isOver(key))
    for (const [key] of over) loads.delete(key)
    await Promise.all(over.map(async ([, load]) => (await load)?.close()))
  }
}

function isVersionOf(key: string, { name, version }: ServedModel): boolean {
  return key.startsWith(JSON.stringify([name, version]).slice(0, -1))
}
