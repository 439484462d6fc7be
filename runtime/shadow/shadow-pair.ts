import type { Job } from '../execution/executor.ts'
import type { Signature } from '../model/signature.ts'
import type { Tensor } from '../model/tensor.ts'

/** The version of a model that gave answers. */
export interface ShadowOrigin {
  readonly model: string
  readonly version: string
  /**
   * What tells releases apart: equal on two pods that are the same release, whose answers are not worth comparing. The model
   * file's digest, unless the operator gave something else, such as the pod template's hash.
   */
  readonly identity: string
  readonly signature: Pick<Signature, 'inputs' | 'outputs'>
}

/** A request as stable answered it, for the canary to answer as well. */
export interface ShadowPair {
  /** One tensor per input, in the signature's order. */
  readonly feeds: readonly Tensor[]
  /** Rows that are examples of their own; undefined where the request is one example. */
  readonly rows: number | undefined
  /** One tensor per output, in the signature's order; undefined where stable failed. */
  readonly outputs: readonly Tensor[] | undefined
  /** Slice that the request belongs to, by the configured header; empty where it has none. */
  readonly slice: string
}

/** Pairs of one model, as they travel. */
export interface ShadowBatch {
  readonly origin: ShadowOrigin
  readonly pairs: readonly ShadowPair[]
}

/** A request with stable's outputs; undefined where it failed. */
export function shadowPair({ feeds, rows }: Job, outputs: readonly Tensor[] | undefined, slice: string): ShadowPair {
  // Outputs without a row each cannot be told apart by row.
  const haveRows = rows !== undefined && (outputs ?? []).every(({ dims }) => dims[0] === rows)
  return { feeds, rows: haveRows ? rows : undefined, outputs, slice }
}

/** Examples in a pair: what comparisons and evidence are counted in. A request that failed, failed for all of them. */
export function exampleCount({ rows }: Pick<ShadowPair, 'rows'>): number {
  return rows ?? 1
}
