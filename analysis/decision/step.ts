/** Warm-up: this part of the soak at the start of a step, but never longer than … */
const WARM_UP_PART = 0.25
const LONGEST_WARM_UP_MS = 30_000

/** The part of a rollout at one weight. Times are milliseconds since 1970. */
export interface Step {
  /** 0 before the canary has traffic, then rising by 1 whenever the weight changes. */
  readonly number: number
  /** Percent of the traffic given to the canary. */
  readonly weight: number
  /** Time of its first window. */
  readonly startMs: number
  readonly canaryRequests: number
  /** The same without the first window, of which nobody knows how long it was. */
  readonly timedRequests: number
  /** Inputs that the shadow comparator gave to both models. */
  readonly pairs: number
  /** Why the step passed; null until then. */
  readonly passed: string | null
}

/** Where a window stands in the rollout. */
export interface Moment {
  readonly step: number
  /** Before the first step: stable's figures are history, and the canary has no traffic. */
  readonly history: boolean
  /** Its counts may speak for promotion: the canary has traffic and has warmed up. */
  readonly warm: boolean
  /** Time since the window before, milliseconds; 0 for the first. */
  readonly lastsMs: number
}

/** The step after a window. A step begins where the weight changes. */
export function advanceStep(
  before: Step | null,
  weight: number,
  atMs: number,
  { canaryRequests, pairs }: { readonly canaryRequests: number; readonly pairs: number },
): Step {
  if (before?.weight === weight) {
    return {
      ...before,
      canaryRequests: before.canaryRequests + canaryRequests,
      timedRequests: before.timedRequests + canaryRequests,
      pairs: before.pairs + pairs,
    }
  }
  const number = before === null ? (weight === 0 ? 0 : 1) : before.number + 1
  return { number, weight, startMs: atMs, canaryRequests, timedRequests: 0, pairs, passed: null }
}

/**
 * How long a step's evidence for promotion is ignored. The requests that are slow have not come back yet when the first
 * ones are counted, and caches are cold, so the start of a step says too much good and too much bad. A fixed 30 s would
 * outlast the whole step of a rehearsal; hence a quarter of the soak, at most 30 s.
 */
export function warmUpMs(soakMs: number): number {
  return Math.min(WARM_UP_PART * soakMs, LONGEST_WARM_UP_MS)
}
