import type { Job, Tensor } from '#runtime'

/** What a model made of a request: its outputs in the order of stable's, or why it failed. */
export type Answer =
  | { readonly kind: 'outputs'; readonly outputs: readonly (Tensor | undefined)[] }
  | { readonly kind: 'failed'; readonly message: string }

/** One request and what became of it. */
export interface AnsweredPair {
  /** Line of the request file, from 1. */
  readonly line: number
  /** Feeds in the order of stable's inputs. */
  readonly job: Job
  readonly stable: Answer
  readonly canary: Answer
}
