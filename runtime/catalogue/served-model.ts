import type { Job } from '../execution/executor.ts'
import type { Signature } from '../model/signature.ts'
import type { Tensor } from '../model/tensor.ts'

/** One version of a model that answers requests. */
export interface ServedModel {
  readonly name: string
  /** A whole number as text, `1` where nobody gave one. */
  readonly version: string
  /** SHA-256 of the model file, hexadecimal. */
  readonly digest: string
  readonly signature: Signature
  /**
   * @returns one tensor per supported output, in the signature's order
   * @throws {ServingError} overloaded, draining, timedOut or modelFailed
   */
  run(job: Job): Promise<readonly Tensor[]>
}

/** What became of one version of a model. */
export interface ModelEntry {
  readonly name: string
  readonly version: string
  readonly state: 'loading' | 'ready' | 'unloading' | 'failed'
  /** Why it failed or, where it is ready all the same, why a newer file cannot replace it; empty otherwise. */
  readonly reason: string
}

/** The models of a server. A version may be exchanged at any time; whoever found the old one in this tick can still run it. */
export interface ModelCatalogue {
  /**
   * @param name the default model when absent
   * @param version the highest ready version when absent
   */
  find(name?: string, version?: string): ServedModel | undefined
  /** All versions of all models, in order of name and version. */
  list(): readonly ModelEntry[]
  /** For how long a model has been stuck in a run that cannot be stopped, in milliseconds; 0 where none is. */
  stuckMs(): number
}
