/** Time of one row of a run, seconds. */
export interface RowTime {
  readonly median: number
  readonly p95: number
}

/** How fast both models run so many rows together. */
export interface BatchSpeed {
  readonly rows: number
  /** Runs of each model. */
  readonly runs: number
  readonly stable: RowTime
  readonly canary: RowTime
  /** Median of canary time over stable time, round by round: what slows the machine down, slows both. */
  readonly ratio: number
}

/** Run times of both models, in turns, in one process. */
export interface Speed {
  readonly batches: readonly BatchSpeed[]
  /** Why there is no figure for larger batches; null where there is. */
  readonly unbatched: string | null
}

const MIN_ROUNDS = 5
const MAX_ROUNDS = 2_000
const WARM_UP_ROUNDS = 3

/** Runs a model once; takes what it takes. */
export type RunOnce = () => Promise<unknown>

/**
 * Times two models in turns: each round runs both, one first in even rounds, the other in odd ones.
 *
 * @param budgetMs no round begins after it, except the first few
 * @param now milliseconds of a clock that never goes back
 */
export async function timeInTurns(
  stable: RunOnce,
  canary: RunOnce,
  rows: number,
  budgetMs: number,
  now: () => number,
): Promise<BatchSpeed> {
  const times = { stable: [] as number[], canary: [] as number[] }
  const ratios: number[] = []
  const time = async (run: RunOnce): Promise<number> => {
    const beganMs = now()
    await run()
    return (now() - beganMs) / 1_000 / rows
  }
  const endMs = now() + budgetMs
  for (let round = -WARM_UP_ROUNDS; round < MAX_ROUNDS; round += 1) {
    if (round >= MIN_ROUNDS && now() >= endMs) break
    const stableFirst = round % 2 === 0
    const first = await time(stableFirst ? stable : canary)
    const second = await time(stableFirst ? canary : stable)
    if (round < 0) continue
    const [a, b] = stableFirst ? [first, second] : [second, first]
    times.stable.push(a)
    times.canary.push(b)
    if (a > 0) ratios.push(b / a)
  }
  return {
    rows,
    runs: times.stable.length,
    stable: rowTime(times.stable),
    canary: rowTime(times.canary),
    ratio: quantile(ratios, 0.5),
  }
}

function rowTime(seconds: readonly number[]): RowTime {
  return { median: quantile(seconds, 0.5), p95: quantile(seconds, 0.95) }
}

/** The value of that rank; 0 where there is none. */
function quantile(values: readonly number[], fraction: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(fraction * sorted.length))] ?? 0
}
