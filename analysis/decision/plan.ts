import { divideBudget } from './budget.ts'
import { largestDistance } from './distances.ts'
import type { DriftComparisonPlan } from './drift-comparison.ts'
import { type Fault, InputError } from '#faults'
import type { LatencyComparisonPlan } from './latency-comparison.ts'
import type { LatencyLimitPlan } from './latency-limit.ts'
import { planPairedErrors, type PairedErrorsPlan } from './paired-errors.ts'
import type { DecisionPolicy } from './policy.ts'
import type { RateComparisonPlan } from './rate-comparison.ts'
import { planRateLimit, type RateLimitPlan } from './rate-limit.ts'
import { warmUpMs } from './step.ts'

/** Defaults where a policy names no tolerance: ratios of error rates and of times. */
const TOLERANCE = { errorRate: 1.25, latency: 1.05 } as const
const DEFAULT_PSI = 0.2
/** Margin of paired failures where errors have none. */
const PAIRED_MARGIN = 0.005

/** What each configured signal needs to judge; absent ones are not configured. */
export interface SignalPlans {
  readonly errorRate?: RateComparisonPlan
  readonly errorRateMax?: RateLimitPlan
  readonly latency?: LatencyComparisonPlan
  readonly latencyMax?: LatencyLimitPlan
  readonly predictionDrift?: DriftComparisonPlan
  readonly shadow?: RateLimitPlan
  readonly pairedErrors?: PairedErrorsPlan
}

/** Everything that follows from a policy, derived once and frozen. */
export interface GatePlan {
  readonly mode: DecisionPolicy['mode']
  readonly step: DecisionPolicy['step'] & { readonly warmUpMs: number }
  /** Log evidence at which the canary fails: ln(1 / falseAbort). */
  readonly needed: number
  readonly falsePromote: number
  readonly signals: SignalPlans
  /** Whether the absolute error limit is excused while stable breaks it too. */
  readonly errorLimitExcused: boolean
  /** Whether pairs without counts of failures hold a step back. */
  readonly pairedErrorsRequired: boolean
}

/**
 * Derives grids, weights and caps from a policy.
 *
 * @throws {InputError} where the policy's keys contradict each other
 */
export function planGate(policy: DecisionPolicy): GatePlan {
  const faults = driftFaults(policy)
  if (faults.length > 0) throw new InputError('policy', faults)
  return deepFreeze({
    mode: policy.mode,
    step: { ...policy.step, warmUpMs: warmUpMs(policy.step.soak) },
    needed: Math.log(1 / policy.falseAbort),
    falsePromote: policy.falsePromote,
    signals: planSignals(policy),
    errorLimitExcused: policy.signals.errorRate?.unlessStableAlsoViolates ?? false,
    pairedErrorsRequired: policy.signals.shadow?.pairedErrors ?? false,
  })
}

function driftFaults({ signals: { predictionDrift } }: DecisionPolicy): Fault[] {
  if (predictionDrift === undefined) return []
  const { distance, max } = predictionDrift
  const path = 'signals.predictionDrift.max'
  if (max === undefined) {
    return distance === 'psi' ? [] : [{ path, text: `expected a limit for ${distance}, received nothing` }]
  }
  const largest = largestDistance(distance)
  if (max < largest) return []
  return [{ path, text: `expected a limit below ${largest}, the largest ${distance} there is, received ${max}` }]
}

function planSignals({ signals, strict, ...policy }: DecisionPolicy): SignalPlans {
  const budget = divideBudget({ signals, strict, ...policy })
  const { errorRate, latency, predictionDrift, shadow } = signals
  return {
    ...(errorRate &&
      budget.errorRate && {
        errorRate: {
          budget: budget.errorRate,
          tolerance: errorRate.tolerance ?? (strict ? 1 : TOLERANCE.errorRate),
          margin: errorRate.margin,
        },
      }),
    ...(errorRate?.max !== undefined &&
      budget.errorRateMax && { errorRateMax: planRateLimit(budget.errorRateMax, errorRate.max) }),
    ...(latency &&
      budget.latency && {
        latency: {
          budget: budget.latency,
          tolerance: latency.tolerance ?? (strict ? 1 : TOLERANCE.latency),
          fixedTolerance: strict || latency.tolerance !== undefined,
          quantile: latency.quantile,
          maxSeconds: latency.max === undefined ? null : latency.max / 1_000,
        },
      }),
    ...(latency?.max !== undefined &&
      budget.latencyMax && {
        latencyMax: {
          ...planRateLimit(budget.latencyMax, 1 - latency.quantile),
          quantile: latency.quantile,
          maxSeconds: latency.max / 1_000,
        },
      }),
    ...(predictionDrift &&
      budget.predictionDrift && {
        predictionDrift: {
          budget: budget.predictionDrift,
          distance: predictionDrift.distance,
          limit: predictionDrift.max ?? DEFAULT_PSI,
          equality: predictionDrift.equality,
          of: predictionDrift.of,
        },
      }),
    ...(shadow && budget.shadow && { shadow: planRateLimit(budget.shadow, shadow.maxDisagreement) }),
    ...(budget.pairedErrors && {
      pairedErrors: planPairedErrors(budget.pairedErrors, errorRate?.margin || PAIRED_MARGIN),
    }),
  }
}

function deepFreeze<T extends object>(value: T): T {
  for (const part of Object.values(value)) {
    if (typeof part === 'object' && part !== null) deepFreeze(part as object)
  }
  return Object.freeze(value)
}
