import type { ErrorSide, ShadowCause } from './shadow-tally.ts'

/** Why examples arrived and were not compared. */
export type IntakeDrop =
  /** The queue was full. */
  | 'queue'
  /** The candidate had no room for them. */
  | 'busy'
  /** The candidate has hung: nothing is compared until it answers. */
  | 'hung'
  /** No model was ready to compare with. */
  | 'noModel'
  /** The comparison itself failed. */
  | 'fault'

/** What the comparator tells whoever keeps its metrics; all in examples. */
export interface ComparatorRecorder {
  pairs(examples: number): void
  disagreements(examples: number): void
  errors(side: ErrorSide, examples: number): void
  cause(cause: ShadowCause, examples: number): void
  flips(output: string, stable: string, canary: string, examples: number): void
  slice(slice: string, pairs: number, disagreements: number): void
  dropped(reason: IntakeDrop, examples: number): void
  /** The candidate took `seconds` for so many examples together. */
  ran(examples: number, seconds: number): void
}
