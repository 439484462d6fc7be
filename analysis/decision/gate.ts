import { decide, isAwaitedLast, type Case, type Decision } from './decide.ts'
import { InputError } from '#faults'
import type { GatePlan } from './plan.ts'
import { leadingSignal } from './reason.ts'
import {
  advanceSignals,
  evidenceOfHarm,
  openSignals,
  reportSignals,
  tightenSignals,
  type SignalReports,
  type SignalStates,
} from './signals.ts'
import { advanceStep, type Moment, type Step } from './step.ts'
import type { Verdict } from './verdict.ts'
import type { Window } from './window.ts'

/**
 * Everything a gate remembers between looks. Plain JSON of finite numbers: written out and read back, it gives the same
 * verdicts. It is a function of the windows alone, so it can always be rebuilt from them.
 */
export interface GateState {
  /** Time of the newest window, milliseconds since 1970; null before the first. */
  readonly atMs: number | null
  readonly step: Step | null
  /** Since the rollout began. */
  readonly canaryRequests: number
  /** Why the canary failed; it stays failed. Null while it has not. */
  readonly failed: string | null
  readonly signals: SignalStates
}

export function openGate(plan: GatePlan): GateState {
  return { atMs: null, step: null, canaryRequests: 0, failed: null, signals: openSignals(plan) }
}

/**
 * One look: takes a window in and decides. Pure: the given state stays as it was, and the same windows give the same verdicts.
 * Give every window once, one per scrape interval, in the order of time.
 *
 * @throws {InputError} when time goes backwards, or histograms have no bound in common with each other or with the objective
 */
export function look(plan: GatePlan, state: GateState, window: Window): { state: GateState; verdict: Verdict } {
  const atMs = readTime(state, window)
  const canaryRequests = window.canary?.requests ?? 0
  const step = advanceStep(state.step, window.weight, atMs, { canaryRequests, pairs: window.shadow?.pairs ?? 0 })
  const moment: Moment = {
    step: step.number,
    history: step.weight === 0,
    warm: step.weight > 0 && atMs - step.startMs >= plan.step.warmUpMs,
    lastsMs: state.atMs === null ? 0 : atMs - state.atMs,
  }
  const advanced = {
    ...state,
    atMs,
    step,
    canaryRequests: state.canaryRequests + canaryRequests,
    signals: advanceSignals(plan, state.signals, window, moment),
  }
  const { next, reports } = tighten(plan, advanced)
  const evidence = caseOf(plan, next, reports, atMs, null)
  const decision = decide(plan, evidence)
  return { state: latch(next, decision), verdict: verdictOf(plan, evidence, decision, window.at) }
}

/** A step whose verdict somebody waits for, whether or not a window of it has come. */
export interface AwaitedStep {
  /** Percent of the traffic given to the canary. */
  readonly weight: number
  /** Since when, milliseconds since 1970: the step's deadline counts from here. */
  readonly sinceMs: number
}

/**
 * The verdict at a moment at which no window came: the same as of the newest window, unless the step's deadline has passed
 * since.
 *
 * @param nowMs milliseconds since 1970
 * @param awaited the step that is judged, where it may be a newer one than the newest window's: it has shown nothing yet, and
 *   its deadline runs all the same. At weight 0 the windows alone are history, and only a gate that is awaited there decides:
 *   by what both models answer to the same inputs
 */
export function judge(plan: GatePlan, state: GateState, nowMs: number, awaited?: AwaitedStep): Verdict {
  const current = awaited === undefined || awaited.weight === state.step?.weight ? state : enter(plan, state, awaited)
  const latestMs = Math.max(nowMs, current.atMs ?? nowMs)
  const awaitedMs = plan.mode === 'gate' && awaited !== undefined ? awaited.sinceMs : null
  const evidence = caseOf(plan, current, reportsOf(plan, current, awaitedMs !== null), latestMs, awaitedMs)
  return verdictOf(plan, evidence, decide(plan, evidence), new Date(latestMs).toISOString())
}

/** An empty window is how a step begins that nothing is known of. */
function enter(plan: GatePlan, state: GateState, { weight, sinceMs }: AwaitedStep): GateState {
  const at = new Date(Math.max(sinceMs, state.atMs ?? sinceMs)).toISOString()
  return look(plan, state, { at, weight }).state
}

function readTime(state: GateState, { at }: Window): number {
  const atMs = Date.parse(at)
  if (Number.isNaN(atMs)) {
    throw new InputError('window', [
      { path: 'at', text: `expected a time such as "2026-01-01T00:00:10Z", received "${at}"` },
    ])
  }
  if (state.atMs !== null && atMs < state.atMs) {
    const text = `expected a time not before ${new Date(state.atMs).toISOString()}, received "${at}"`
    throw new InputError('window', [{ path: 'at', text }])
  }
  return atMs
}

function reportsOf(plan: GatePlan, { signals, step }: GateState, awaited = false): SignalReports {
  return reportSignals(plan, signals, step?.weight ?? 0, awaited)
}

/** Computes the bound on drift where it may help, and the reports. */
function tighten(plan: GatePlan, state: GateState): { next: GateState; reports: SignalReports } {
  const reports = reportsOf(plan, state)
  const urgent = isAwaitedLast(plan, caseOf(plan, state, reports, state.atMs ?? 0, null), 'predictionDrift')
  const signals = tightenSignals(plan, state.signals, urgent)
  if (signals === state.signals) return { next: state, reports }
  const next = { ...state, signals }
  return { next, reports: reportsOf(plan, next) }
}

function caseOf(
  plan: GatePlan,
  state: GateState,
  reports: SignalReports,
  nowMs: number,
  awaitedMs: number | null,
): Case {
  const { step, atMs, canaryRequests, failed, signals } = state
  return { nowMs, awaitedMs, step, atMs, canaryRequests, failed, harm: evidenceOfHarm(plan, signals), reports }
}

/** A failure stands for the rollout, a pass for the rest of its step. */
function latch(state: GateState, { verdict, reason }: Decision): GateState {
  if (verdict === 'fail') return { ...state, failed: reason }
  if (verdict === 'pass' && state.step !== null) return { ...state, step: { ...state.step, passed: reason } }
  return state
}

function verdictOf(
  plan: GatePlan,
  { step, harm, reports }: Case,
  { verdict, logE, need, reason }: Decision,
  at: string,
): Verdict {
  const decided = verdict === 'pass' || verdict === 'fail'
  return {
    at,
    weight: step?.weight ?? 0,
    verdict,
    logE,
    needed: plan.needed,
    canaryRequests: step?.canaryRequests ?? 0,
    signals: logE >= plan.needed ? withLeader(reports, harm) : reports,
    missing: decided ? null : need.missing,
    missingMs: decided ? null : need.missingMs,
    reason,
  }
}

/** Where evidence together has reached the threshold, the signal that leads it counts as harm even if it could not alone. */
function withLeader(reports: SignalReports, harm: Case['harm']): SignalReports {
  const leading = leadingSignal(harm)
  const report = leading && reports[leading]
  return leading && report ? { ...reports, [leading]: { ...report, standing: 'harm' } } : reports
}
