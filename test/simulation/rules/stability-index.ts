import type { Judge } from '../judge.ts'
import { stabilityIndex } from '../traffic/class-shares.ts'
import { sumClasses } from './counts.ts'
import { failureLimited } from './failure-limit.ts'
import { LastMinute } from './last-minute.ts'

/** What most implementations put into an empty cell so that the logarithm exists. */
const EMPTY_SHARE = 1e-4

/** `PSI(canary, stable) > limit` over the last minute, as drift dashboards compute it. */
export function indexThreshold(name: string, limit: number, failureLimit: number, windowMs: number): Judge {
  return failureLimited(name, failureLimit, () => {
    const minute = new LastMinute(windowMs)
    return (window) => {
      const { canary, stable } = sumClasses(minute.push(window))
      return stabilityIndex(toShares(canary), toShares(stable)) > limit
    }
  })
}

function toShares(counts: readonly number[]): number[] {
  const total = counts.reduce((sum, count) => sum + count, 0)
  return counts.map((count) => Math.max(count / total, EMPTY_SHARE))
}
