import { normalTail } from '../../support/normal-tail.ts'
import type { LatencyTruth } from './truth.ts'

/** Share of the requests that take longer than a time in seconds. */
export type Tail = (seconds: number) => number

/** The default buckets of Prometheus' client libraries, in seconds: 11 bounds, 12 buckets. */
export const DEFAULT_BOUNDS: readonly number[] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

/** Median and spread (of the natural log) of the service in every latency cell: p95 161 ms, 0.87 % above 250 ms. */
const MEDIAN_SECONDS = 0.06
const LOG_SPREAD = 0.6
const P95_Z = 1.6448536269514722

/** Log-normal response times, the shape most services have. */
export const ordinary: Tail = (seconds) => normalTail(Math.log(seconds / MEDIAN_SECONDS) / LOG_SPREAD)

/** Every request takes `factor` times as long. */
export function slower(tail: Tail, factor: number): Tail {
  return (seconds) => tail(seconds / factor)
}

/** The faster half stays as it is; the slower half spreads out until the p95 of `ordinary` is `factor` times as long. */
export function slowerTail(factor: number): Tail {
  const logSpread = LOG_SPREAD + Math.log(factor) / P95_Z
  return (seconds) =>
    seconds < MEDIAN_SECONDS ? ordinary(seconds) : normalTail(Math.log(seconds / MEDIAN_SECONDS) / logSpread)
}

/** What a histogram with these bounds would hold. */
export function latencyTruth(tail: Tail, bounds = DEFAULT_BOUNDS): LatencyTruth {
  const above = [1, ...bounds.map(tail), 0]
  return { bounds, shares: above.slice(1).map((next, k) => above[k]! - next) }
}
