import type { Cell } from '../cell.ts'
import { gateJudge } from '../gate-judge.ts'
import { disagreementOracle } from '../oracles/error-oracles.ts'
import { binomialTest } from '../rules/binomial-test.ts'
import { disagreementThreshold } from '../rules/threshold.ts'
import { DELAY_RUNS, fourSteps, percent, RATE_RUNS, REQUEST_RATES, BRIEF_RUNS, WINDOW_MS } from './plans.ts'

const LIMIT = 0.01

const gate = gateJudge('gate', {
  mode: 'guard',
  signals: { shadow: { maxDisagreement: LIMIT, pairedErrors: false } },
})

const shadowRules = [
  disagreementThreshold('> 1 %, failureLimit 0', LIMIT, 0, WINDOW_MS),
  disagreementThreshold('> 1 %, failureLimit 3', LIMIT, 3, WINDOW_MS),
  binomialTest('binomial p < .05', LIMIT, 0.05),
  binomialTest('binomial p < .01', LIMIT, 0.01),
]

/** Pairs come from the comparator, so the requests of the arms play no part. */
function pairTraffic(pairsPerSecond: number, disagreementRate: number) {
  return fourSteps({
    requestsPerSecond: 10,
    share: 0.1,
    canary: {},
    stable: {},
    shadow: { pairsPerSecond, disagreementRate },
  })
}

const falseAborts: Cell[] = [0.01, 0.005].flatMap((rate) =>
  REQUEST_RATES.map((pairsPerSecond) => ({
    name: `shadow ${rate} at ${pairsPerSecond}/s`,
    table: 'shadow',
    row: [percent(rate), `${pairsPerSecond}`],
    traffic: pairTraffic(pairsPerSecond, rate),
    judges: [gate],
    runs: RATE_RUNS,
    brief: { judges: shadowRules, runs: BRIEF_RUNS },
  })),
)

const delays: Cell[] = [0.02, 0.03, 0.05].flatMap((rate) =>
  [1, 10, 100].map((pairsPerSecond) => ({
    name: `shadow ${rate} above the limit at ${pairsPerSecond}/s`,
    table: 'shadow delays',
    row: [percent(rate), `${pairsPerSecond}`],
    traffic: pairTraffic(pairsPerSecond, rate),
    judges: [disagreementOracle(rate, LIMIT), gate],
    runs: DELAY_RUNS,
    counted: 'pairs' as const,
  })),
)

export const shadowCells: readonly Cell[] = [...falseAborts, ...delays]
