import { bucketQuantile, commonBounds, regroup, sameBounds } from './buckets.ts'
import { rateEstimate } from './confidence.ts'
import { formatCount, formatPercent, formatSeconds } from './format.ts'
import type { Fault } from '#faults'
import {
  compareWithLimit,
  enterLimitStep,
  limitProgress,
  openRateLimit,
  type LimitCounts,
  type RateLimitPlan,
  type RateLimitState,
} from './rate-limit.ts'
import { reportSignal, type Applicability } from './signal-report.ts'
import type { Moment } from './step.ts'
import type { SignalReport } from './verdict.ts'
import type { Histogram, Window } from './window.ts'

/** "The quantile is at most maxSeconds" is exactly "at most 1 - quantile of the requests take longer than that". */
export interface LatencyLimitPlan extends RateLimitPlan {
  readonly quantile: number
  readonly maxSeconds: number
}

export interface LatencyLimitState {
  readonly limit: RateLimitState
  /** The canary's histogram since the rollout began, for display. */
  readonly bounds: readonly number[]
  readonly counts: readonly number[]
}

export function openLatencyLimit(): LatencyLimitState {
  return { limit: openRateLimit(), bounds: [], counts: [] }
}

/** The objective must lie between two bounds, or slower requests could never be seen or never be excluded. */
export function latencyLimitFault({ le }: Histogram, maxSeconds: number): Fault | null {
  const [first, last] = [le[0]!, le.at(-1)!]
  if (first <= maxSeconds && maxSeconds <= last) return null
  return {
    path: 'canary.latency.le',
    text: `expected bounds around the objective ${maxSeconds} (signals.latency.max), received bounds from ${first} to ${last}`,
  }
}

/** The state after a window. */
export function compareLatencyWithLimit(
  plan: LatencyLimitPlan,
  before: LatencyLimitState,
  { canary }: Window,
  moment: Moment,
  dispersion: number,
): LatencyLimitState {
  if (moment.history) return before
  const limit = enterLimitStep(before.limit, moment)
  const histogram = canary?.latency
  if (histogram === undefined) return { ...before, limit }
  const counts = slowCounts(histogram, plan.maxSeconds)
  return {
    limit: compareWithLimit(plan, limit, counts, moment, dispersion, moment.warm),
    ...addHistogram(before, histogram),
  }
}

/**
 * Where the objective is no bound, requests above the next bound are certainly too slow, and those above the bound before it
 * possibly: harm counts the former, promotion the latter.
 */
function slowCounts({ le, counts }: Histogram, maxSeconds: number): LimitCounts {
  let requests = 0
  let events = 0
  let possible = 0
  counts.forEach((count, k) => {
    const start = k === 0 ? -Infinity : le[k - 1]!
    const end = le[k] ?? Infinity
    requests += count
    if (start >= maxSeconds) events += count
    if (end > maxSeconds) possible += count
  })
  return { requests, events, possible }
}

function addHistogram(
  state: LatencyLimitState,
  { le, counts }: Histogram,
): { bounds: readonly number[]; counts: readonly number[] } {
  if (state.counts.length === 0) return { bounds: le, counts }
  if (sameBounds(state.bounds, le)) return { bounds: le, counts: counts.map((count, k) => count + state.counts[k]!) }
  const bounds = commonBounds(state.bounds, le)
  const own = regroup(state.counts, state.bounds, bounds)
  return { bounds, counts: regroup(counts, le, bounds).map((count, k) => count + own[k]!) }
}

export function reportLatencyLimit(
  plan: LatencyLimitPlan,
  state: LatencyLimitState,
  applicability: Applicability,
  dispersion: number,
): SignalReport {
  const { total, step } = state.limit
  const { promote, cleared, missing } = limitProgress(plan, state.limit, dispersion)
  const estimate = rateEstimate(total.events, total.requests, dispersion)
  return reportSignal(
    plan.budget,
    {
      logE: state.limit.mixture.logE,
      promote,
      cleared,
      judged: step.requests,
      canary: bucketQuantile(state.bounds, state.counts, plan.quantile),
      stable: null,
      estimate,
      limit: plan.limit,
      phi: dispersion,
      missing,
      text:
        estimate === null
          ? 'no latencies were measured on the canary'
          : `${formatPercent(estimate.value)} of the canary's requests ` +
            `(${formatCount(total.events)} of ${formatCount(total.requests)}) ` +
            `take more than ${formatSeconds(plan.maxSeconds)}, limit ${formatPercent(plan.limit)}`,
    },
    applicability,
  )
}
