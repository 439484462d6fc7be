import { sumLogs } from './log-space.ts'
import type { GatePlan } from './plan.ts'
import {
  explainContinue,
  explainDeadline,
  explainFail,
  explainGuard,
  explainHistory,
  explainPass,
  type Need,
} from './reason.ts'
import type { SignalReports } from './signals.ts'
import type { Step } from './step.ts'
import { SIGNAL_NAMES, type SignalName, type VerdictKind } from './verdict.ts'

/** What a decision is made from. */
export interface Case {
  readonly nowMs: number
  /** Since when a gate waits for this step's verdict; null where only windows tell of the step. */
  readonly awaitedMs: number | null
  /** Null before the first window. */
  readonly step: Step | null
  /** Time of the newest window; null before the first. */
  readonly atMs: number | null
  /** Since the rollout began. */
  readonly canaryRequests: number
  /** Why the canary failed; null while it has not. */
  readonly failed: string | null
  /** Every signal's evidence of harm times its share, logs. */
  readonly harm: readonly { readonly name: SignalName; readonly weighted: number }[]
  readonly reports: SignalReports
}

export interface Decision {
  readonly verdict: VerdictKind
  readonly logE: number
  readonly need: Need
  readonly reason: string
}

/** The whole order of decision in one place: harm, then what the step has shown, then its time. */
export function decide(plan: GatePlan, evidence: Case): Decision {
  const logE = sumLogs(evidence.harm.map(({ weighted }) => weighted))
  const need = needOf(plan, evidence)
  const say = (verdict: VerdictKind, reason: string): Decision => ({ verdict, logE, need, reason })
  const { failed, step, reports, awaitedMs } = evidence

  if (failed !== null) return say('fail', failed)
  if (logE >= plan.needed) return say('fail', explainFail(plan, evidence, logE))
  if (step === null || !isJudged(step, awaitedMs)) return say('continue', explainHistory(step, reports))
  if (plan.mode === 'guard') return say('continue', explainGuard(evidence, logE, plan.needed))
  if (step.passed !== null) return say('pass', step.passed)
  if (isProved(need)) return say('pass', explainPass(plan, step, reports))
  if (evidence.nowMs - (awaitedMs ?? step.startMs) < plan.step.deadline)
    return say('continue', explainContinue(need, reports))
  const reason = explainDeadline(plan.step.deadline, need, reports)
  switch (plan.step.onDeadline) {
    case 'pass':
      return say('pass', `${reason}; the policy promotes at the deadline`)
    case 'fail':
      return say('fail', `${reason}; the policy aborts at the deadline`)
    case 'inconclusive':
      return say('inconclusive', reason)
  }
}

/** Whether everything but the given signal is proved, so that its expensive bound is worth computing. */
export function isAwaitedLast(plan: GatePlan, evidence: Case, name: SignalName): boolean {
  const { open, soakLeftMs, requestsLeft } = needOf(plan, evidence)
  return soakLeftMs === 0 && requestsLeft === 0 && open.length === 1 && open[0] === name
}

function isProved({ open, soakLeftMs, requestsLeft }: Need): boolean {
  return open.length === 0 && soakLeftMs === 0 && requestsLeft === 0
}

/** Before the canary has traffic there is only stable's history, unless a gate waits for what the pairs show. */
function isJudged({ weight }: Step, awaitedMs: number | null): boolean {
  return weight > 0 || awaitedMs !== null
}

/** What the step still lacks. */
function needOf(plan: GatePlan, { nowMs, awaitedMs, step, atMs, reports }: Case): Need {
  if (step === null || atMs === null || !isJudged(step, awaitedMs)) {
    return { open: [], soakLeftMs: 0, requestsLeft: 0, unit: 'canary requests', missing: null, missingMs: null }
  }
  // At weight 0 the windows begin with stable's history, and the canary answers nothing but copies.
  const beforeUsers = step.weight === 0
  const startMs = beforeUsers && awaitedMs !== null ? awaitedMs : step.startMs
  const open = SIGNAL_NAMES.filter((name) => {
    const standing = reports[name]?.standing
    return standing !== undefined && standing !== 'cleared' && standing !== 'notApplicable'
  })
  const soakLeftMs = Math.max(plan.step.soak - (nowMs - startMs), 0)
  const requestsLeft = beforeUsers ? 0 : Math.max(plan.step.minRequests - step.canaryRequests, 0)
  const perSignal = open.map((name) => missingRequests(name, step, reports))
  const unknown = perSignal.includes(null)
  const requests = Math.max(requestsLeft, ...perSignal.map((missing) => missing ?? 0))
  const elapsedMs = atMs - startMs
  // Of the pairs nobody knows since when they have come.
  const ratePerMs = elapsedMs > 0 && !beforeUsers ? step.timedRequests / elapsedMs : 0
  const timeMs = ratePerMs > 0 ? requests / ratePerMs : requests === 0 ? 0 : null
  const missingMs = unknown || timeMs === null ? null : Math.round(Math.max(timeMs, soakLeftMs))
  return {
    open,
    soakLeftMs,
    requestsLeft,
    unit: beforeUsers ? 'pairs' : 'canary requests',
    missing: unknown || requests === 0 ? null : Math.ceil(requests),
    missingMs: missingMs === 0 ? null : missingMs,
  }
}

/** In canary requests, to which pairs are converted at the step's ratio; in pairs before the canary has traffic. */
function missingRequests(name: SignalName, step: Step, reports: SignalReports): number | null {
  const missing = reports[name]?.missing ?? null
  if (missing === null || step.weight === 0 || (name !== 'shadow' && name !== 'pairedErrors')) return missing
  return step.pairs === 0 ? null : (missing * step.canaryRequests) / step.pairs
}
