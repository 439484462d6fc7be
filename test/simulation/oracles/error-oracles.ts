import type { Judge } from '../judge.ts'
import { likelihoodRatio } from './likelihood-ratio.ts'

/** Knows the canary's and stable's true error rates; nobody can know more. */
export function errorOracle1(canaryRate: number, stableRate: number): Judge {
  const onError = Math.log(canaryRate / stableRate)
  const onSuccess = Math.log((1 - canaryRate) / (1 - stableRate))
  return likelihoodRatio('oracle-1', ({ canary }) => {
    const { requests, errors = 0 } = canary ?? { requests: 0 }
    return errors * onError + (requests - errors) * onSuccess
  })
}

/**
 * Knows by which ratio the canary's error rate exceeds stable's, but like the gate not stable's rate: which arm each error
 * falls into, given the split.
 *
 * @param tolerance up to this ratio the canary counts as no worse
 */
export function errorOracle2(name: string, ratio: number, tolerance: number): Judge {
  return likelihoodRatio(name, ({ canary, stable }) => {
    if (!canary?.requests || !stable?.requests) return 0
    const onStableError = Math.log(
      (tolerance * canary.requests + stable.requests) / (ratio * canary.requests + stable.requests),
    )
    const onCanaryError = Math.log(ratio / tolerance) + onStableError
    return (canary.errors ?? 0) * onCanaryError + (stable.errors ?? 0) * onStableError
  })
}

/** Knows the true share of pairs that disagree. */
export function disagreementOracle(rate: number, limit: number): Judge {
  const onDisagreement = Math.log(rate / limit)
  const onAgreement = Math.log((1 - rate) / (1 - limit))
  return likelihoodRatio('oracle-1', ({ shadow }) => {
    const { pairs, disagreements = 0 } = shadow ?? { pairs: 0 }
    return disagreements * onDisagreement + (pairs - disagreements) * onAgreement
  })
}
