import type { Verdict, Window } from '#decision'
import type { ComparatorReport } from '#runtime'

/** One entry of the ladder: a step of the Rollout as it was walked. */
export interface StepRecord {
  /** Index in `spec.strategy.canary.steps`. */
  readonly index: number
  /** The step as people read it: `setWeight 10`, `pause 30 s`, `pause until promoted`, `analysis modelgate`. */
  readonly title: string
  /** Percentage of traffic to the candidate while this step ran. */
  readonly weight: number
  readonly state: 'waiting' | 'running' | 'passed' | 'failed' | 'inconclusive' | 'skipped'
  /** Milliseconds since the rehearsal's start; null while it has not come to that. */
  readonly startedMs: number | null
  readonly finishedMs: number | null
}

/** One look of the gate. */
export interface LookRecord {
  /** Milliseconds since the rehearsal's start. */
  readonly atMs: number
  readonly verdict: Verdict
}

/** Totals of one arm since the first request: what its pods counted, and what the router lost on the way to them. */
export interface ArmRecord {
  /** File name of the model without its folder. */
  readonly model: string
  /** Value of the label `rollouts_pod_template_hash`. */
  readonly podTemplateHash: string
  readonly requests: number
  readonly errors: number
  /** Requests per second over the newest windows. */
  readonly requestsPerSecond: number
  /** Latency objective's quantile over the newest windows, in seconds, interpolated; null without requests. */
  readonly latencySeconds: number | null
}

/** What the candidate's pods found out by answering copies of stable's requests, added up over the pods. */
export type ShadowRecord = Omit<ComparatorReport, 'slices'>

/** How a rehearsal ended. */
export type Outcome = 'promoted' | 'aborted' | 'inconclusive'

/**
 * Everything that is known about one candidate's rehearsal, at any moment of it. The live view draws it, the report and
 * the JSON answer are made of the last one.
 */
export interface RehearsalRecord {
  readonly rollout: string
  readonly title: string
  readonly stable: ArmRecord
  readonly canary: ArmRecord
  /** Percentage of traffic to the candidate now. */
  readonly weight: number
  readonly phase: 'starting' | 'history' | 'steps' | 'finished'
  readonly startedAt: string
  readonly elapsedMs: number
  readonly steps: readonly StepRecord[]
  readonly looks: readonly LookRecord[]
  /** Closed windows of evidence, oldest first, those at weight 0 included. */
  readonly windows: readonly Window[]
  readonly latencyQuantile: number
  /** The comparison of both models on the same inputs; null where none was made. */
  readonly shadow: ShadowRecord | null
  /** Anything a person should know: a pod that restarted, a scrape that failed. At most a few dozen. */
  readonly notes: readonly string[]
  /** null until it is over. */
  readonly outcome: Outcome | null
  /** One sentence; the last verdict's reason once it is over. */
  readonly reason: string
}
