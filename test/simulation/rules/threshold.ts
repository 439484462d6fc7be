import type { Judge } from '../judge.ts'
import { sumErrors, sumLatency } from './counts.ts'
import { failureLimited } from './failure-limit.ts'
import { histogramQuantile } from './histogram-quantile.ts'
import { LastMinute } from './last-minute.ts'

/** `canary error rate over the last minute > limit`. No requests give NaN, which is not above any limit. */
export function errorThreshold(name: string, limit: number, failureLimit: number, windowMs: number): Judge {
  return failureLimited(name, failureLimit, () => {
    const minute = new LastMinute(windowMs)
    return (window) => {
      const { requests, errors } = sumErrors(minute.push(window), 'canary')
      return errors / requests > limit
    }
  })
}

/** `canary error rate > factor * stable error rate`, over the last minute. */
export function errorRatio(name: string, factor: number, failureLimit: number, windowMs: number): Judge {
  return failureLimited(name, failureLimit, () => {
    const minute = new LastMinute(windowMs)
    return (window) => {
      const windows = minute.push(window)
      const canary = sumErrors(windows, 'canary')
      const stable = sumErrors(windows, 'stable')
      return canary.errors / canary.requests > (factor * stable.errors) / stable.requests
    }
  })
}

/** `histogram_quantile(0.95, canary) > limit`, over the last minute. */
export function p95Threshold(name: string, limitSeconds: number, failureLimit: number, windowMs: number): Judge {
  return failureLimited(name, failureLimit, () => {
    const minute = new LastMinute(windowMs)
    return (window) => {
      const counts = sumLatency(minute.push(window), 'canary')
      return histogramQuantile(0.95, window.canary?.latency?.le ?? [], counts) > limitSeconds
    }
  })
}

/** `histogram_quantile(0.95, canary) > factor * histogram_quantile(0.95, stable)`, over the last minute. */
export function p95Ratio(name: string, factor: number, failureLimit: number, windowMs: number): Judge {
  return failureLimited(name, failureLimit, () => {
    const minute = new LastMinute(windowMs)
    return (window) => {
      const windows = minute.push(window)
      const bounds = window.canary?.latency?.le ?? []
      const canary = histogramQuantile(0.95, bounds, sumLatency(windows, 'canary'))
      return canary > factor * histogramQuantile(0.95, bounds, sumLatency(windows, 'stable'))
    }
  })
}

/** `disagreements / pairs > limit`, over the last minute. */
export function disagreementThreshold(name: string, limit: number, failureLimit: number, windowMs: number): Judge {
  return failureLimited(name, failureLimit, () => {
    const minute = new LastMinute(windowMs)
    return (window) => {
      let [pairs, disagreements] = [0, 0]
      for (const { shadow } of minute.push(window)) {
        pairs += shadow?.pairs ?? 0
        disagreements += shadow?.disagreements ?? 0
      }
      return disagreements / pairs > limit
    }
  })
}
