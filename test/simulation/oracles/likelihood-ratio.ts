import type { Window } from '#decision'
import type { Judge } from '../judge.ts'

/** What an oracle must collect: ln(1/alpha) at the budget of 1 % that every gate here has. */
const NEEDED = Math.log(100)

/**
 * A sequential probability ratio test (Wald 1945, doi:10.1214/aoms/1177731118): it knows which regression to look for and
 * adds up the log-likelihood ratio of what it sees. Nothing that keeps the same false-abort budget is much quicker.
 *
 * @param logRatio natural log of the likelihood ratio (or e-value) of one window
 */
export function likelihoodRatio(name: string, logRatio: (window: Window) => number): Judge {
  return {
    name,
    kind: 'oracle',
    open: () => {
      let collected = 0
      return (window) => {
        collected += logRatio(window)
        return collected >= NEEDED
      }
    },
  }
}

/** Sum of count x log over all buckets; empty buckets count nothing, even where the log is infinite. */
export function weighLogs(counts: readonly number[], logs: readonly number[]): number {
  return counts.reduce((sum, count, k) => (count === 0 ? sum : sum + count * logs[k]!), 0)
}
