/** Why a model's process was started anew: it ended by itself, gave no answer in time, or grew too large. */
export type RestartReason = 'ended' | 'deadline' | 'memory'

/** What the execution of one model tells whoever keeps its metrics. */
export interface ExecutionRecorder {
  /** So many rows wait now. */
  queued(rows: number): void
  /** A job waited for `seconds` before it ran. */
  waited(seconds: number): void
  /** The model ran so many rows together, successfully or not. */
  ran(rows: number, seconds: number): void
  /** The model's process had to be started anew. */
  restarted(reason: RestartReason): void
}

/** A recorder for executions that nobody measures. */
export const UNRECORDED: ExecutionRecorder = {
  queued: () => undefined,
  waited: () => undefined,
  ran: () => undefined,
  restarted: () => undefined,
}
