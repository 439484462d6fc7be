import type { Cell } from '../cell.ts'
import { bothProfiles, defaultProfile, strictProfile } from '../gate-judge.ts'
import { errorOracle1, errorOracle2 } from '../oracles/error-oracles.ts'
import { mannWhitney, minuteErrorRate } from '../rules/mann-whitney.ts'
import { errorRatio, errorThreshold } from '../rules/threshold.ts'
import { zTest } from '../rules/z-test.ts'
import {
  DELAY_RUNS,
  fourSteps,
  percent,
  ramp,
  RATE_RUNS,
  REQUEST_RATES,
  BRIEF_RUNS,
  SHARES,
  WINDOW_MS,
} from './plans.ts'

/** Rules on the error rate; the limit is what a team would choose for a service with this error rate. */
function errorRules(limit: number) {
  return [
    errorThreshold('threshold, failureLimit 0', limit, 0, WINDOW_MS),
    errorThreshold('threshold, failureLimit 3', limit, 3, WINDOW_MS),
    errorRatio('> 1.2x stable, failureLimit 0', 1.2, 0, WINDOW_MS),
    errorRatio('> 1.2x stable, failureLimit 3', 1.2, 3, WINDOW_MS),
    zTest('z-test p < .05', 0.05),
    zTest('z-test p < .01', 0.01),
    mannWhitney('Mann-Whitney', WINDOW_MS, minuteErrorRate),
  ]
}

const falseAborts: Cell[] = [0.001, 0.01].flatMap((errorRate) =>
  REQUEST_RATES.flatMap((requestsPerSecond) =>
    SHARES.map((share) => ({
      name: `errors ${errorRate} at ${requestsPerSecond}/s, ${share}`,
      table: 'errors',
      row: [percent(errorRate), `${requestsPerSecond}`, percent(share)],
      traffic: fourSteps({ requestsPerSecond, share, canary: { errorRate }, stable: { errorRate } }),
      judges: [strictProfile({ errorRate: {} })],
      runs: RATE_RUNS,
      brief: {
        judges: [defaultProfile({ errorRate: {} }), ...errorRules(errorRate === 0.001 ? 0.01 : 0.02)],
        runs: BRIEF_RUNS,
      },
    })),
  ),
)

/** The service gets worse while the canary grows: pooled over the steps, the canary looks guilty (Simpson's paradox). */
const DRIFTING_RATES = [0.005, 0.01, 0.02, 0.02]

const driftingBaseline: Cell[] = [10, 100, 1_000].map((requestsPerSecond) => ({
  name: `drifting baseline at ${requestsPerSecond}/s`,
  table: 'drifting',
  row: ['0.5 % → 2 % in both', `${requestsPerSecond}`],
  traffic: ramp(requestsPerSecond, 0, (step) => {
    const errorRate = DRIFTING_RATES[step]!
    return { canary: { errorRate }, stable: { errorRate } }
  }),
  judges: [strictProfile({ errorRate: {} })],
  runs: RATE_RUNS,
  brief: { judges: [defaultProfile({ errorRate: {} }), ...errorRules(0.02)], runs: BRIEF_RUNS },
}))

const REGRESSIONS = [
  [0.001, 0.005],
  [0.01, 0.02],
  [0.01, 0.05],
] as const
const DELAY_TRAFFIC = [...REQUEST_RATES.map((rate) => [rate, 0.1] as const), [100, 0.5] as const]

const delays: Cell[] = REGRESSIONS.flatMap(([stableRate, canaryRate]) =>
  DELAY_TRAFFIC.map(([requestsPerSecond, share]) => ({
    name: `errors ${stableRate} to ${canaryRate} at ${requestsPerSecond}/s, ${share}`,
    table: 'error delays',
    row: [`${percent(stableRate)} → ${percent(canaryRate)}`, `${requestsPerSecond}`, percent(share)],
    traffic: fourSteps({
      requestsPerSecond,
      share,
      canary: { errorRate: canaryRate },
      stable: { errorRate: stableRate },
    }),
    judges: [
      errorOracle1(canaryRate, stableRate),
      errorOracle2('oracle-2', canaryRate / stableRate, 1),
      errorOracle2('oracle-2, tolerant', canaryRate / stableRate, 1.25),
      ...bothProfiles({ errorRate: {} }),
      errorThreshold('threshold, failureLimit 3', stableRate === 0.001 ? 0.01 : 0.02, 3, WINDOW_MS),
    ],
    runs: DELAY_RUNS,
  })),
)

export const errorCells: readonly Cell[] = [...falseAborts, ...driftingBaseline, ...delays]
