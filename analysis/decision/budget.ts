import type { DecisionPolicy } from './policy.ts'
import type { SignalName } from './verdict.ts'

/** One signal's part of the two error budgets. Logs are natural. */
export interface Budget {
  /** Share of the false-abort budget, a fraction. */
  readonly share: number
  readonly logShare: number
  /** Log evidence at which this signal alone aborts: ln(1 / (falseAbort * share)). */
  readonly harmAt: number
  /** The most by which its log evidence may grow in one window, so that one bad scrape decides nothing. */
  readonly cap: number
  /** Log evidence at which it is cleared: ln(1 / falsePromote). All must clear, so no share is taken. */
  readonly clearAt: number
}

/** Divides the false-abort budget over the configured signals, in proportion to their weights. */
export function divideBudget(policy: DecisionPolicy): Readonly<Partial<Record<SignalName, Budget>>> {
  const weights = configuredWeights(policy)
  const total = Object.values(weights).reduce((sum, weight) => sum + weight, 0)
  return Object.fromEntries(Object.entries(weights).map(([name, weight]) => [name, budgetOf(weight / total, policy)]))
}

function configuredWeights({ signals }: DecisionPolicy): Partial<Record<SignalName, number>> {
  const { errorRate, latency, predictionDrift, shadow } = signals
  return {
    ...(errorRate && { errorRate: errorRate.weight }),
    ...(errorRate?.max !== undefined && { errorRateMax: errorRate.maxWeight }),
    ...(latency && { latency: latency.weight }),
    ...(latency?.max !== undefined && { latencyMax: latency.maxWeight }),
    ...(predictionDrift && { predictionDrift: predictionDrift.weight }),
    ...(shadow && { shadow: shadow.weight }),
    ...(shadow && shadow.pairedErrors !== false && { pairedErrors: shadow.pairedErrorsWeight }),
  }
}

function budgetOf(share: number, { falseAbort, falsePromote }: DecisionPolicy): Budget {
  const harmAt = Math.log(1 / (falseAbort * share))
  return { share, logShare: Math.log(share), harmAt, cap: 0.5 * harmAt, clearAt: Math.log(1 / falsePromote) }
}
