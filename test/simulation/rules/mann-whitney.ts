import type { Window } from '#decision'
import type { Judge } from '../judge.ts'
import { sumErrors, sumLatency } from './counts.ts'
import { histogramQuantile } from './histogram-quantile.ts'

/** Kayenta asks for a confidence of 98 % and lets a quarter of the estimated shift pass. */
const CONFIDENCE_Z = 2.3263
const TOLERATED_SHIFT = 0.25
/** With fewer points per side the interval is wider than the data. */
const LEAST_POINTS = 5

/**
 * Kayenta's judge in outline (`MannWhitneyClassifier.scala`): one value per arm and minute; once a minute the Hodges-Lehmann
 * interval of the shift between the two series; "high" when its lower end is above a quarter of the estimate. One metric
 * that is high fails the analysis here. An emulation: Kayenta's scores over many metrics are left out.
 *
 * @param valueOf an arm's value over one minute's windows; minutes in which it is not a number are dropped
 */
export function mannWhitney(
  name: string,
  windowMs: number,
  valueOf: (windows: readonly Window[], arm: 'canary' | 'stable') => number,
): Judge {
  const perMinute = Math.max(1, Math.round(60_000 / windowMs))
  return {
    name,
    kind: 'rule',
    open: () => {
      let minute: Window[] = []
      const canary: number[] = []
      const stable: number[] = []
      return (window) => {
        minute.push(window)
        if (minute.length < perMinute) return false
        keepNumber(canary, valueOf(minute, 'canary'))
        keepNumber(stable, valueOf(minute, 'stable'))
        minute = []
        return isHigh(canary, stable)
      }
    },
  }
}

/** Error rate of the minute. */
export function minuteErrorRate(windows: readonly Window[], arm: 'canary' | 'stable'): number {
  const { requests, errors } = sumErrors(windows, arm)
  return errors / requests
}

/** p95 of the minute as Prometheus reads it, in seconds. */
export function minuteP95(windows: readonly Window[], arm: 'canary' | 'stable'): number {
  return histogramQuantile(0.95, windows[0]?.[arm]?.latency?.le ?? [], sumLatency(windows, arm))
}

/** Whether the canary's values are higher by more than the tolerated shift. */
export function isHigh(canary: readonly number[], stable: readonly number[]): boolean {
  const [m, n] = [canary.length, stable.length]
  if (Math.min(m, n) < LEAST_POINTS) return false
  const rank = Math.floor((m * n) / 2 - CONFIDENCE_Z * Math.sqrt((m * n * (m + n + 1)) / 12))
  if (rank < 1) return false
  // The lower end is the rank-th smallest difference. It is positive only if fewer differences than that are not, and
  // counting them is much cheaper than sorting all of them.
  let notPositive = 0
  for (const a of canary) for (const b of stable) if (a <= b) notPositive += 1
  if (notPositive >= rank) return false
  const differences = canary.flatMap((a) => stable.map((b) => a - b)).sort((a, b) => a - b)
  const lowerEnd = differences[rank - 1]!
  const estimate = (differences[(m * n - 1) >> 1]! + differences[(m * n) >> 1]!) / 2
  return lowerEnd > TOLERATED_SHIFT * Math.abs(estimate)
}

function keepNumber(values: number[], value: number): void {
  if (!Number.isNaN(value)) values.push(value)
}
