import type { Cell } from '../cell.ts'
import { gateJudge } from '../gate-judge.ts'
import { classOracle1, classOracle2, indexOracle } from '../oracles/class-oracles.ts'
import { chiSquareTest } from '../rules/chi-square-test.ts'
import { indexThreshold } from '../rules/stability-index.ts'
import { spreadShift, TEN_CLASSES, THREE_CLASSES, tiltedTo } from '../traffic/class-shares.ts'
import {
  DELAY_RUNS,
  fourSteps,
  MANY_RATE_RUNS,
  percent,
  REQUEST_RATES,
  BRIEF_RUNS,
  SLOW_RATE_RUNS,
  WINDOW_MS,
} from './plans.ts'

const SERVICES = [THREE_CLASSES, TEN_CLASSES]

const equality = gateJudge('equality', { mode: 'guard', signals: { predictionDrift: { equality: true } } })
const index02 = gateJudge('PSI ≤ 0.2', { mode: 'guard', signals: { predictionDrift: { max: 0.2 } } })
const distance02 = gateJudge('TV ≤ 2 %', { mode: 'guard', signals: { predictionDrift: { distance: 'tv', max: 0.02 } } })

const driftRules = [
  chiSquareTest('chi-square p < .05', 0.05),
  chiSquareTest('chi-square p < .01', 0.01),
  indexThreshold('PSI > 0.2, failureLimit 0', 0.2, 0, WINDOW_MS),
  indexThreshold('PSI > 0.2, failureLimit 3', 0.2, 3, WINDOW_MS),
]

function classTraffic(requestsPerSecond: number, share: number, canary: readonly number[], stable: readonly number[]) {
  return fourSteps({ requestsPerSecond, share, canary: { classes: canary }, stable: { classes: stable } })
}

const equalPredictions: Cell[] = SERVICES.flatMap((classes) =>
  REQUEST_RATES.flatMap((requestsPerSecond) =>
    [0.1, 0.5].map((share) => ({
      name: `equal predictions, ${classes.length} classes at ${requestsPerSecond}/s, ${share}`,
      table: 'equal predictions',
      row: [`${classes.length}`, `${requestsPerSecond}`, percent(share)],
      traffic: classTraffic(requestsPerSecond, share, classes, classes),
      judges: [equality],
      runs: MANY_RATE_RUNS,
      brief: { judges: driftRules, runs: BRIEF_RUNS },
    })),
  ),
)

const toleratedDrift: Cell[] = SERVICES.flatMap((classes) =>
  REQUEST_RATES.map((requestsPerSecond) => ({
    name: `PSI 0.19, ${classes.length} classes at ${requestsPerSecond}/s`,
    table: 'tolerated drift',
    row: [`${classes.length}`, `${requestsPerSecond}`, percent(0.1)],
    traffic: classTraffic(requestsPerSecond, 0.1, tiltedTo(classes, 0.19), classes),
    judges: [index02],
    runs: SLOW_RATE_RUNS,
    brief: { judges: driftRules, runs: BRIEF_RUNS },
  })),
)

const shiftDelays: Cell[] = SERVICES.flatMap((classes) =>
  [0.02, 0.05, 0.1].flatMap((distance) =>
    [100, 1_000].map((requestsPerSecond) => {
      const shifted = spreadShift(classes, distance)
      return {
        name: `TV ${distance}, ${classes.length} classes at ${requestsPerSecond}/s`,
        table: 'shift delays',
        row: [`${classes.length}`, percent(distance), `${requestsPerSecond}`, percent(0.1)],
        traffic: classTraffic(requestsPerSecond, 0.1, shifted, classes),
        judges: [classOracle1(shifted, classes), classOracle2(shifted, classes), equality, distance02],
        runs: DELAY_RUNS,
      }
    }),
  ),
)

const indexDelays: Cell[] = SERVICES.flatMap((classes) =>
  [0.3, 0.5, 1].flatMap((index) =>
    [10, 100].map((requestsPerSecond) => {
      const shifted = tiltedTo(classes, index)
      return {
        name: `PSI ${index}, ${classes.length} classes at ${requestsPerSecond}/s`,
        table: 'index delays',
        row: [`${classes.length}`, `${index}`, `${requestsPerSecond}`, percent(0.1)],
        traffic: classTraffic(requestsPerSecond, 0.1, shifted, classes),
        judges: [indexOracle(shifted, classes, 0.2, 0.1), index02],
        runs: DELAY_RUNS,
      }
    }),
  ),
)

export const predictionCells: readonly Cell[] = [...equalPredictions, ...toleratedDrift, ...shiftDelays, ...indexDelays]
