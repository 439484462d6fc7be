import type { Judge } from '../judge.ts'

/** One-sided critical values of the normal distribution. */
const CRITICAL = { 0.05: 1.6449, 0.01: 2.3263 } as const

/**
 * The textbook test of two proportions with a pooled variance, on all requests so far, repeated at every look:
 * "the canary's error rate is significantly higher".
 */
export function zTest(name: string, significance: keyof typeof CRITICAL): Judge {
  return {
    name,
    kind: 'rule',
    open: () => {
      let [canaryRequests, canaryErrors, stableRequests, stableErrors] = [0, 0, 0, 0]
      return ({ canary, stable }) => {
        canaryRequests += canary?.requests ?? 0
        canaryErrors += canary?.errors ?? 0
        stableRequests += stable?.requests ?? 0
        stableErrors += stable?.errors ?? 0
        const pooled = (canaryErrors + stableErrors) / (canaryRequests + stableRequests)
        const variance = pooled * (1 - pooled) * (1 / canaryRequests + 1 / stableRequests)
        const difference = canaryErrors / canaryRequests - stableErrors / stableRequests
        return difference / Math.sqrt(variance) > CRITICAL[significance]
      }
    },
  }
}
