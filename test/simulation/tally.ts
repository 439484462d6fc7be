import { upperLimit } from './clopper-pearson.ts'
import type { Judge } from './judge.ts'

/** When a judge spoke: time from the onset of the regression, and canary requests (or pairs) since then; null for never. */
export type Outcome = readonly [delayMs: number, count: number] | null

/** What a judge did over all runs of a cell. */
export interface Tally {
  readonly judge: string
  readonly kind: Judge['kind']
  readonly runs: number
  readonly events: number
  /** Medians and 90th percentiles over all runs; null where fewer runs than that had the event. */
  readonly medianMs: number | null
  readonly p90Ms: number | null
  readonly medianCount: number | null
}

export function tally({ name, kind }: Judge, outcomes: readonly Outcome[]): Tally {
  const spoken = outcomes.filter((outcome) => outcome !== null)
  const delays = spoken.map(([delayMs]) => delayMs).sort((a, b) => a - b)
  const counts = spoken.map(([, count]) => count).sort((a, b) => a - b)
  const runs = outcomes.length
  return {
    judge: name,
    kind,
    runs,
    events: spoken.length,
    medianMs: quantile(delays, runs, 0.5),
    p90Ms: quantile(delays, runs, 0.9),
    medianCount: quantile(counts, runs, 0.5),
  }
}

/** The least value that `share` of all runs do not exceed; runs without a value exceed everything. */
function quantile(sorted: readonly number[], runs: number, share: number): number | null {
  return sorted[Math.ceil(share * runs) - 1] ?? null
}

/** Share of the runs with the event, and its upper 95 % limit. */
export function rateOf({ events, runs }: Tally): { rate: number; upper: number } {
  return { rate: events / runs, upper: upperLimit(events, runs) }
}
