import type { Tensor } from '../model/tensor.ts'

/** One request's share of work for a model. */
export interface Job {
  /** One tensor per input, in the signature's order. */
  readonly feeds: readonly Tensor[]
  /** Size of dimension 0 of every input, where rows are examples of their own; undefined where the job must run alone. */
  readonly rows: number | undefined
}

/** Runs jobs on a model, wherever that happens: on this thread, on another, in a process of its own. */
export interface Executor {
  /**
   * @returns one tensor per supported output, in the signature's order
   * @throws {ServingError} overloaded, draining, timedOut or modelFailed
   */
  run(job: Job): Promise<readonly Tensor[]>
  /** Refuses new jobs and waits until the accepted ones are answered. */
  drain(): Promise<void>
  /** Frees the model. To be called after `drain`. */
  release(): Promise<void>
}
