import type { CauseCounts, PairCounts } from './window.ts'

/** What the gate says after a look. */
export type VerdictKind = 'pass' | 'fail' | 'continue' | 'inconclusive'

/** The signals a policy can configure, in the order in which reports show them. */
export const SIGNAL_NAMES = [
  'errorRate',
  'errorRateMax',
  'latency',
  'latencyMax',
  'predictionDrift',
  'shadow',
  'pairedErrors',
] as const

/**
 * - `errorRate`: canary's error rate against stable's; `errorRateMax`: against the absolute limit
 * - `latency`: canary's latency distribution against stable's; `latencyMax`: the quantile objective
 * - `predictionDrift`: distance of the distributions of predictions
 * - `shadow`: share of paired inputs on which the models disagree; `pairedErrors`: inputs on which only one of them fails
 */
export type SignalName = (typeof SIGNAL_NAMES)[number]

/** How far one signal has come. */
export type SignalStanding =
  /** its evidence alone has reached its share of the threshold, or leads evidence that together has reached it */
  | 'harm'
  /** proved no worse than its margin, in this step */
  | 'cleared'
  /** measured, undecided */
  | 'open'
  /** configured, but nothing was measured in this step */
  | 'noData'
  /** cannot be judged in this step (no live stable arm at weight 100); not required for promotion */
  | 'notApplicable'

/** An estimate with the interval that contains the truth with 95 % confidence at every look; for drift with 1 - falsePromote. */
export interface Estimate {
  readonly value: number
  readonly low: number
  readonly high: number
}

/** Pairs of answers, and the share of them that differ. */
export interface PairShare extends PairCounts {
  readonly estimate: Estimate
}

/** The pairs of one slice of the inputs; all slices' intervals hold together with 95 % confidence at every look. */
export interface SliceShare extends PairShare {
  readonly slice: string
  /** Its interval lies above that of all other pairs. */
  readonly standsOut: boolean
}

/** One signal's part of a verdict. Logs are natural logarithms of e-values; null means not measured. */
export interface SignalReport {
  readonly standing: SignalStanding
  /** Log evidence that the canary is worse than tolerated; 0 at the start, never averaged or reset within a rollout. */
  readonly logE: number
  /** Log evidence in this step that the canary is no worse than its margin; null where promotion is decided by a bound. */
  readonly promote: number | null
  /** What `promote` must reach. */
  readonly promoteNeeded: number
  /** Share of the false-abort budget, a fraction; all signals' shares add up to 1. */
  readonly share: number
  /** The canary's figure since the rollout began: a rate, a quantile in seconds, a distance. */
  readonly canary: number | null
  /**
   * Stable's figure over the same windows, each weighted with the canary's requests, so that a changing baseline or split
   * does not tilt the comparison; for `pairedErrors` the share on which stable alone failed. Null for absolute limits,
   * `predictionDrift` and `shadow`.
   */
  readonly stable: number | null
  /**
   * The judged quantity with its interval. `errorRate`, `errorRateMax`, `shadow`: the rate; `latency`, `latencyMax`: the share
   * of the canary's requests slower than the bound its text names; `predictionDrift`: the distance in this step;
   * `pairedErrors`: the difference of the two shares.
   */
  readonly estimate: Estimate | null
  /** What the estimate is held against, in the same unit: the limit, or what stable's figure tolerates. */
  readonly limit: number
  /** Over-dispersion: evidence is divided by it; 1 when requests behave independently. */
  readonly phi: number
  /** More canary requests (pairs, for paired signals) until this signal is expected to clear; null when unknown or done. */
  readonly missing: number | null
  /** One clause for people: what was measured, against what. */
  readonly text: string
  /** Of `shadow`: why pairs speak against the canary, since the rollout began; absent where none does. */
  readonly causes?: CauseCounts
  /** Of `shadow`: how often stable contradicts itself when it is asked twice; absent where it was not. */
  readonly noise?: PairShare
  /** Of `shadow`: the worst slices, by the lower ends of their intervals; absent where none is counted. */
  readonly slices?: readonly SliceShare[]
}

/** The answer to one look. Plain JSON; the same evidence gives the same bytes. */
export interface Verdict {
  /** Time of the newest window, RFC 3339. */
  readonly at: string
  readonly weight: number
  readonly verdict: VerdictKind
  /** Log of the weighted mean of all signals' evidence of harm. */
  readonly logE: number
  /** Natural log of 1/falseAbort: the canary fails when `logE` reaches it. */
  readonly needed: number
  /** Canary requests in this step. */
  readonly canaryRequests: number
  readonly signals: Readonly<Partial<Record<SignalName, SignalReport>>>
  /**
   * More canary requests (pairs, for a gate before the canary has traffic) the step is expected to need, over all signals; null
   * when unknown or none.
   */
  readonly missing: number | null
  /** The same as time at the step's present request rate, in milliseconds; null when unknown or none. */
  readonly missingMs: number | null
  /** One sentence a person on call understands at night. */
  readonly reason: string
}
