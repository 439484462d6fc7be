import { clip } from '#faults'
import type { ModelCatalogue, ServedModel } from '../catalogue/served-model.ts'

/** A model that was asked for and cannot answer: nobody has heard of it, or it is not ready. */
export class LookupError extends Error {
  override readonly name = 'LookupError'
  readonly code: 'unknown' | 'notReady'

  constructor(code: LookupError['code'], message: string) {
    super(message)
    this.code = code
  }
}

/**
 * The model that a request names.
 *
 * @param name the default model when absent
 * @param version the highest ready version when absent
 * @throws {LookupError}
 */
export function findModel(catalogue: ModelCatalogue, name?: string, version?: string): ServedModel {
  const found = catalogue.find(name, version)
  if (found !== undefined) return found
  const entries = catalogue.list().filter((entry) => name === undefined || entry.name === name)
  const entry = entries.find((candidate) => version === undefined || candidate.version === version)
  const asked = [
    name === undefined ? 'a model' : `model '${clip(name)}'`,
    ...(version === undefined ? [] : [`version ${clip(version)}`]),
  ].join(', ')
  if (entry !== undefined) throw new LookupError('notReady', `Cannot use ${asked}: it is ${entry.state}`)
  const known = (entries.length > 0 ? entries : catalogue.list()).map((one) => `'${one.name}' version ${one.version}`)
  throw new LookupError('unknown', `Cannot find ${asked}: there is ${known.join(', ')}`)
}
