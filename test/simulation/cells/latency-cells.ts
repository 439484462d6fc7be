import type { Cell } from '../cell.ts'
import { bothProfiles, defaultProfile, strictProfile } from '../gate-judge.ts'
import { latencyOracle1, latencyOracle2, tolerantLatencyOracle } from '../oracles/latency-oracles.ts'
import { mannWhitney, minuteP95 } from '../rules/mann-whitney.ts'
import { p95Ratio, p95Threshold } from '../rules/threshold.ts'
import { latencyTruth, ordinary, slower, slowerTail, type Tail } from '../traffic/latency-shape.ts'
import {
  DELAY_RUNS,
  fourSteps,
  HALF_HOUR,
  percent,
  RATE_RUNS,
  REQUEST_RATES,
  BRIEF_RUNS,
  SHARES,
  WINDOW_MS,
} from './plans.ts'

const latencyRules = [
  p95Threshold('p95 > 250 ms, failureLimit 0', 0.25, 0, WINDOW_MS),
  p95Threshold('p95 > 250 ms, failureLimit 3', 0.25, 3, WINDOW_MS),
  p95Ratio('p95 > 1.2x stable, failureLimit 0', 1.2, 0, WINDOW_MS),
  p95Ratio('p95 > 1.2x stable, failureLimit 3', 1.2, 3, WINDOW_MS),
  mannWhitney('Mann-Whitney', WINDOW_MS, minuteP95),
]

function latencyTraffic(requestsPerSecond: number, share: number, canary: Tail) {
  return fourSteps({
    requestsPerSecond,
    share,
    canary: { latency: latencyTruth(canary) },
    stable: { latency: latencyTruth(ordinary) },
    historyMinutes: HALF_HOUR,
  })
}

const falseAborts: Cell[] = REQUEST_RATES.flatMap((requestsPerSecond) =>
  SHARES.map((share) => ({
    name: `latency at ${requestsPerSecond}/s, ${share}`,
    table: 'latency',
    row: [`${requestsPerSecond}`, percent(share)],
    traffic: latencyTraffic(requestsPerSecond, share, ordinary),
    judges: [strictProfile({ latency: {} })],
    runs: RATE_RUNS,
    brief: { judges: [defaultProfile({ latency: {} }), ...latencyRules], runs: BRIEF_RUNS },
  })),
)

const REGRESSIONS: readonly { readonly name: string; readonly tail: Tail }[] = [
  { name: 'every request x1.2', tail: slower(ordinary, 1.2) },
  { name: 'every request x1.5', tail: slower(ordinary, 1.5) },
  { name: 'slower half, p95 x1.2', tail: slowerTail(1.2) },
  { name: 'slower half, p95 x1.5', tail: slowerTail(1.5) },
]
const DELAY_TRAFFIC = [[10, 0.1] as const, [100, 0.1] as const, [1_000, 0.1] as const, [100, 0.5] as const]

const delays: Cell[] = REGRESSIONS.flatMap(({ name, tail }) =>
  DELAY_TRAFFIC.map(([requestsPerSecond, share]) => ({
    name: `latency ${name} at ${requestsPerSecond}/s, ${share}`,
    table: 'latency delays',
    row: [name, `${requestsPerSecond}`, percent(share)],
    traffic: latencyTraffic(requestsPerSecond, share, tail),
    judges: [
      latencyOracle1(tail, ordinary),
      latencyOracle2(tail, ordinary),
      tolerantLatencyOracle(tail, ordinary, 1.05),
      ...bothProfiles({ latency: {} }),
      p95Ratio('p95 > 1.2x stable, failureLimit 3', 1.2, 3, WINDOW_MS),
    ],
    runs: DELAY_RUNS,
  })),
)

export const latencyCells: readonly Cell[] = [...falseAborts, ...delays]
