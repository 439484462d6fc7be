import { rateEstimate } from './confidence.ts'
import { formatCount, formatPercent } from './format.ts'
import { addLogs } from './log-space.ts'
import {
  compareWithLimit,
  enterLimitStep,
  limitProgress,
  type RateLimitPlan,
  type RateLimitState,
} from './rate-limit.ts'
import { reportSignal, type Applicability } from './signal-report.ts'
import type { Moment } from './step.ts'
import type { SignalReport } from './verdict.ts'
import type { Window } from './window.ts'

/** The canary's error rate against the policy's limit: the state after a window. */
export function compareErrorsWithLimit(
  plan: RateLimitPlan,
  before: RateLimitState,
  { canary }: Window,
  moment: Moment,
  dispersion: number,
): RateLimitState {
  if (moment.history) return before
  const state = enterLimitStep(before, moment)
  if (canary?.errors === undefined) return state
  const counts = { requests: canary.requests, events: canary.errors, possible: canary.errors }
  return compareWithLimit(plan, state, counts, moment, dispersion, moment.warm)
}

/** Evidence of the comparison with stable, where the limit is excused while stable breaks it too. */
export interface Excuse {
  readonly logE: number
  readonly promote: number | null
}

/**
 * Log evidence of harm. Excused, the null hypothesis is "within the limit, or no worse than stable tolerates": the smaller of
 * two e-processes is one for the union of their nulls. At weight 100 nothing more can be learned of stable: an excused limit
 * then neither aborts on new evidence alone nor promotes a canary that breaks it.
 */
export function errorLimitLogE(state: RateLimitState, excuse: Excuse | null): number {
  return excuse === null ? state.mixture.logE : Math.min(state.mixture.logE, excuse.logE)
}

export function reportErrorLimit(
  plan: RateLimitPlan,
  state: RateLimitState,
  applicability: Applicability,
  dispersion: number,
  excuse: Excuse | null,
): SignalReport {
  const progress = limitProgress(plan, state, dispersion)
  // Excused, either proof will do; the mean of two e-processes is one for the intersection of their nulls.
  const promote =
    excuse === null || excuse.promote === null ? progress.promote : addLogs(progress.promote, excuse.promote) - Math.LN2
  const cleared = promote >= plan.budget.clearAt
  const { total } = state
  const estimate = rateEstimate(total.events, total.requests, dispersion)
  return reportSignal(
    plan.budget,
    {
      logE: errorLimitLogE(state, excuse),
      promote,
      cleared,
      judged: state.step.requests,
      canary: estimate?.value ?? null,
      stable: null,
      estimate,
      limit: plan.limit,
      phi: dispersion,
      missing: cleared ? null : progress.missing,
      text:
        estimate === null
          ? 'no errors were counted on the canary'
          : `canary fails ${formatPercent(estimate.value)} of requests ` +
            `(${formatCount(total.events)} of ${formatCount(total.requests)}), limit ${formatPercent(plan.limit)}`,
    },
    applicability,
  )
}
