import { tightenDriftBound } from './drift-clearance.ts'
import { compareDrift, openDriftComparison, type DriftComparisonState } from './drift-comparison.ts'
import { reportDrift } from './drift-report.ts'
import { compareErrorsWithLimit, errorLimitLogE, reportErrorLimit, type Excuse } from './error-limit.ts'
import { InputError } from '#faults'
import { compareLatencies, openLatencyComparison, type LatencyComparisonState } from './latency-comparison.ts'
import {
  compareLatencyWithLimit,
  latencyLimitFault,
  openLatencyLimit,
  reportLatencyLimit,
  type LatencyLimitState,
} from './latency-limit.ts'
import { reportLatencyComparison } from './latency-report.ts'
import { comparePairedErrors, openPairedErrors, reportPairedErrors, type PairedErrorsState } from './paired-errors.ts'
import type { GatePlan } from './plan.ts'
import { promotionLogE } from './promotion.ts'
import { compareRates, openRateComparison, reportRateComparison, type RateComparisonState } from './rate-comparison.ts'
import { openRateLimit, type RateLimitState } from './rate-limit.ts'
import { scatterOf } from './scatter.ts'
import {
  compareDisagreement,
  openDisagreement,
  reportDisagreement,
  type DisagreementState,
} from './shadow-disagreement.ts'
import type { Applicability } from './signal-report.ts'
import type { Moment } from './step.ts'
import type { SignalName, SignalReport } from './verdict.ts'
import type { Window } from './window.ts'

/** The evidence of every configured signal. Plain JSON. */
export interface SignalStates {
  readonly errorRate?: RateComparisonState
  readonly errorRateMax?: RateLimitState
  readonly latency?: LatencyComparisonState
  readonly latencyMax?: LatencyLimitState
  readonly predictionDrift?: DriftComparisonState
  readonly shadow?: DisagreementState
  readonly pairedErrors?: PairedErrorsState
}

export type SignalReports = Readonly<Partial<Record<SignalName, SignalReport>>>

export function openSignals({ signals }: GatePlan): SignalStates {
  return {
    ...(signals.errorRate && { errorRate: openRateComparison() }),
    ...(signals.errorRateMax && { errorRateMax: openRateLimit() }),
    ...(signals.latency && { latency: openLatencyComparison() }),
    ...(signals.latencyMax && { latencyMax: openLatencyLimit() }),
    ...(signals.predictionDrift && { predictionDrift: openDriftComparison(signals.predictionDrift) }),
    ...(signals.shadow && { shadow: openDisagreement() }),
    ...(signals.pairedErrors && { pairedErrors: openPairedErrors() }),
  }
}

/**
 * The evidence after a window. Absolute limits take the dispersion of the comparison that sees the same events.
 *
 * @throws {InputError} when the window's histograms do not fit each other or the policy
 */
export function advanceSignals(plan: GatePlan, before: SignalStates, window: Window, moment: Moment): SignalStates {
  const { signals } = plan
  refuseMisfit(plan, window)
  return {
    ...(signals.errorRate &&
      before.errorRate && { errorRate: compareRates(signals.errorRate, before.errorRate, window, moment) }),
    ...(signals.errorRateMax &&
      before.errorRateMax && {
        errorRateMax: compareErrorsWithLimit(
          signals.errorRateMax,
          before.errorRateMax,
          window,
          moment,
          errorDispersion(before),
        ),
      }),
    ...(signals.latency &&
      before.latency && { latency: compareLatencies(signals.latency, before.latency, window, moment) }),
    ...(signals.latencyMax &&
      before.latencyMax && {
        latencyMax: compareLatencyWithLimit(
          signals.latencyMax,
          before.latencyMax,
          window,
          moment,
          latencyDispersion(before),
        ),
      }),
    ...(signals.predictionDrift &&
      before.predictionDrift && {
        predictionDrift: compareDrift(signals.predictionDrift, before.predictionDrift, window, moment),
      }),
    ...(signals.shadow &&
      before.shadow && { shadow: compareDisagreement(signals.shadow, before.shadow, window.shadow, moment) }),
    ...(signals.pairedErrors &&
      before.pairedErrors && {
        pairedErrors: comparePairedErrors(signals.pairedErrors, before.pairedErrors, window.shadow, moment),
      }),
  }
}

function refuseMisfit({ signals }: GatePlan, { at, canary }: Window): void {
  if (signals.latencyMax === undefined || canary?.latency === undefined) return
  const fault = latencyLimitFault(canary.latency, signals.latencyMax.maxSeconds)
  if (fault !== null) throw new InputError(`window at ${at}`, [fault])
}

function errorDispersion({ errorRate }: SignalStates): number {
  return errorRate === undefined ? 1 : scatterOf(errorRate.scatter)
}

function latencyDispersion({ latency }: SignalStates): number {
  return latency === undefined ? 1 : scatterOf(latency.layout.scatter)
}

function excuseOf(plan: GatePlan, { errorRate }: SignalStates, applicability: Applicability): Excuse | null {
  if (!plan.errorLimitExcused || errorRate === undefined) return null
  return {
    logE: errorRate.mixture.logE,
    promote: applicability === 'applicable' ? promotionLogE(errorRate.promotion) : null,
  }
}

/** Computes the bound on drift if it is due. @param urgent whether nothing else holds the step back */
export function tightenSignals({ signals }: GatePlan, states: SignalStates, urgent: boolean): SignalStates {
  const { predictionDrift } = states
  if (signals.predictionDrift === undefined || predictionDrift === undefined) return states
  const { layout, bound } = predictionDrift
  const tightened = tightenDriftBound(signals.predictionDrift, layout, bound, urgent)
  return tightened === bound ? states : { ...states, predictionDrift: { ...predictionDrift, bound: tightened } }
}

/** Log of the weighted mean of all signals' evidence of harm; an e-process, because a mean of e-processes is one. */
export function evidenceOfHarm(plan: GatePlan, states: SignalStates): { name: SignalName; weighted: number }[] {
  const { signals } = plan
  const excuse = excuseOf(plan, states, 'notApplicable')
  const list: { name: SignalName; weighted: number }[] = []
  const add = (name: SignalName, logE: number | undefined) => {
    const budget = signals[name]?.budget
    if (budget !== undefined && logE !== undefined) list.push({ name, weighted: budget.logShare + logE })
  }
  add('errorRate', states.errorRate?.mixture.logE)
  add('errorRateMax', states.errorRateMax && errorLimitLogE(states.errorRateMax, excuse))
  add('latency', states.latency?.mixture.logE)
  add('latencyMax', states.latencyMax?.limit.mixture.logE)
  add('predictionDrift', states.predictionDrift?.mixture.logE)
  add('shadow', states.shadow?.limit.mixture.logE)
  add('pairedErrors', states.pairedErrors?.mixture.logE)
  return list
}

/**
 * The reports of all configured signals at a weight (percent).
 *
 * @param awaited whether a gate waits at this weight; at weight 0 it cannot pass without pairs
 */
export function reportSignals(plan: GatePlan, states: SignalStates, weight: number, awaited: boolean): SignalReports {
  const { signals } = plan
  const comparative: Applicability = weight > 0 && weight < 100 ? 'applicable' : 'notApplicable'
  const absolute: Applicability = weight > 0 ? 'applicable' : 'notApplicable'
  // Before the first step pairs are judged as soon as they come. At weight 100 stable answers nothing, so what still comes was
  // answered in the step before: it may show harm, but no step can wait for more of it.
  const paired = (judged: number): Applicability =>
    comparative === 'applicable' || (weight === 0 && (awaited || judged > 0)) ? 'applicable' : 'notApplicable'
  const { errorRate, errorRateMax, latency, latencyMax, predictionDrift, shadow, pairedErrors } = states
  return {
    ...(signals.errorRate &&
      errorRate && { errorRate: reportRateComparison(signals.errorRate, errorRate, comparative) }),
    ...(signals.errorRateMax &&
      errorRateMax && {
        errorRateMax: reportErrorLimit(
          signals.errorRateMax,
          errorRateMax,
          absolute,
          errorDispersion(states),
          excuseOf(plan, states, comparative),
        ),
      }),
    ...(signals.latency && latency && { latency: reportLatencyComparison(signals.latency, latency, comparative) }),
    ...(signals.latencyMax &&
      latencyMax && {
        latencyMax: reportLatencyLimit(signals.latencyMax, latencyMax, absolute, latencyDispersion(states)),
      }),
    ...(signals.predictionDrift &&
      predictionDrift && { predictionDrift: reportDrift(signals.predictionDrift, predictionDrift, comparative) }),
    ...(signals.shadow &&
      shadow && { shadow: reportDisagreement(signals.shadow, shadow, paired(shadow.limit.step.requests)) }),
    ...(signals.pairedErrors &&
      pairedErrors && {
        pairedErrors: reportPairedErrors(
          signals.pairedErrors,
          pairedErrors,
          pairedErrors.step.pairs > 0 || plan.pairedErrorsRequired ? paired(pairedErrors.step.pairs) : 'notApplicable',
        ),
      }),
  }
}
