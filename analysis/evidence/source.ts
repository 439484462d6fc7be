import type { Window } from '#decision'
import type { ArmName } from './counter.ts'

/** What a source of evidence has to tell beside the counts, for the log and the verdict; constant text, values apart. */
export interface EvidenceNote {
  readonly kind: 'counterReset' | 'podGone' | 'podNew' | 'podRestarted' | 'missingSeries' | 'unavailable'
  /** One clause, for example `pod canary-7d84-2 restarted: its counters began again`. */
  readonly text: string
  /** The arm of the pod that it is about, and when it was seen, milliseconds since 1970; where it is about one. */
  readonly arm?: ArmName
  readonly atMs?: number
}

/** What one call of `collect` brings. */
export interface Collected {
  /** Windows that closed since the last call, oldest first; empty when none did. */
  readonly windows: readonly Window[]
  readonly notes: readonly EvidenceNote[]
}

/** Two arms' counters, read from wherever they are, as windows of counts. */
export interface EvidenceSource {
  /**
   * Reads what is new. A fault of the source (no answer, half an answer) is a note of kind `unavailable`, never an
   * exception and never a window: what was missed comes with a later call.
   *
   * @param nowMs the present, milliseconds since 1970
   * @param signal ends the reading early
   * @throws {InputError} when waiting cannot help: a wrong label, a metric that is not there
   */
  collect(nowMs: number, signal: AbortSignal): Promise<Collected>
}

/** The canary's weight at a moment, a percentage; windows are labelled with it. */
export type WeightAt = (atMs: number) => number

/** One pod of an arm, for direct scrapes. */
export interface ScrapeTarget {
  /** Unique name of the pod. */
  readonly pod: string
  /** Value of the label `rollouts_pod_template_hash`. */
  readonly podTemplateHash: string
  /** Address of its metrics, for example `http://127.0.0.1:8080/metrics`. */
  readonly url: string
}
