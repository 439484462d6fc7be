import { rateEstimate } from './confidence.ts'
import { formatCount, formatPercent } from './format.ts'
import {
  compareWithLimit,
  enterLimitStep,
  limitProgress,
  openRateLimit,
  type RateLimitPlan,
  type RateLimitState,
} from './rate-limit.ts'
import { observeScatter, openScatter, scatterOf, startScatter, type Scatter } from './scatter.ts'
import { addShadowDetail, noiseShare, openShadowDetail, sliceShares, type ShadowDetail } from './shadow-detail.ts'
import { reportSignal, type Applicability } from './signal-report.ts'
import type { Moment } from './step.ts'
import type { SignalReport } from './verdict.ts'
import type { ShadowCounts } from './window.ts'

/** Slices that a report names. */
const MAX_WORST = 3

export interface DisagreementState {
  readonly limit: RateLimitState
  readonly scatter: Scatter
  readonly detail: ShadowDetail
}

export function openDisagreement(): DisagreementState {
  return { limit: openRateLimit(), scatter: startScatter(openScatter()), detail: openShadowDetail() }
}

/** How often both models disagree on the same input: the state after a window. Pairs count before the first step too. */
export function compareDisagreement(
  plan: RateLimitPlan,
  before: DisagreementState,
  shadow: ShadowCounts | undefined,
  moment: Moment,
): DisagreementState {
  const limit = enterLimitStep(before.limit, moment)
  const detail = addShadowDetail(before.detail, shadow)
  if (shadow?.disagreements === undefined || shadow.pairs === 0) return { ...before, limit, detail }
  const counts = { requests: shadow.pairs, events: shadow.disagreements, possible: shadow.disagreements }
  return {
    limit: compareWithLimit(plan, limit, counts, moment, scatterOf(before.scatter), true),
    scatter: observeScatter(before.scatter, {
      canaryRequests: shadow.pairs,
      stableRequests: 0,
      canary: [shadow.disagreements],
      stable: null,
    }),
    detail,
  }
}

export function reportDisagreement(
  plan: RateLimitPlan,
  state: DisagreementState,
  applicability: Applicability,
): SignalReport {
  const { total, step } = state.limit
  const dispersion = scatterOf(state.scatter)
  const { promote, cleared, missing } = limitProgress(plan, state.limit, dispersion)
  const estimate = rateEstimate(total.events, total.requests, dispersion)
  const report = reportSignal(
    plan.budget,
    {
      logE: state.limit.mixture.logE,
      promote,
      cleared,
      judged: step.requests,
      canary: estimate?.value ?? null,
      stable: null,
      estimate,
      limit: plan.limit,
      phi: dispersion,
      missing,
      text:
        estimate === null
          ? 'no pairs were compared'
          : `the models disagree on ${formatPercent(estimate.value)} of the same inputs ` +
            `(${formatCount(total.events)} of ${formatCount(total.requests)}), limit ${formatPercent(plan.limit)}`,
    },
    applicability,
  )
  return withDetail(report, state, dispersion)
}

/** What explains the disagreement, where it was counted. */
function withDetail(
  report: SignalReport,
  { detail, limit: { total } }: DisagreementState,
  dispersion: number,
): SignalReport {
  const { causes } = detail
  const noise = noiseShare(detail, dispersion)
  const slices = sliceShares(detail, { pairs: total.requests, disagreements: total.events }, dispersion)
  return {
    ...report,
    ...(Object.keys(causes).length > 0 && { causes }),
    ...(noise && { noise }),
    ...(slices.length > 0 && { slices: slices.slice(0, MAX_WORST) }),
  }
}
