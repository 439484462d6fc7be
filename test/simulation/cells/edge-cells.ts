import type { Cell } from '../cell.ts'
import { gateJudge, type PolicyInput } from '../gate-judge.ts'
import { TEN_CLASSES, THREE_CLASSES, tiltedTo } from '../traffic/class-shares.ts'
import { latencyTruth, ordinary, slower } from '../traffic/latency-shape.ts'
import { fourSteps, HALF_HOUR, RATE_RUNS, SLOW_RATE_RUNS, type SteadyPlan } from './plans.ts'

interface Edge {
  readonly claim: string
  readonly signals: PolicyInput['signals']
  readonly canary: SteadyPlan['canary']
  readonly stable: SteadyPlan['stable']
}

/** Times by which every request is slower when exactly 5 % of them take longer than 250 ms. */
const SLOWER_TO_LIMIT = 0.25 / 0.16097623387307128

const EDGES: readonly Edge[] = [
  {
    claim: 'error rate 1.25x stable',
    signals: { errorRate: { tolerance: 1.25 } },
    canary: { errorRate: 0.0125 },
    stable: { errorRate: 0.01 },
  },
  {
    claim: 'error rate 1.25x stable, 0.1 %',
    signals: { errorRate: { tolerance: 1.25 } },
    canary: { errorRate: 0.00125 },
    stable: { errorRate: 0.001 },
  },
  {
    claim: 'PSI 0.2, 3 classes',
    signals: { predictionDrift: { max: 0.2 } },
    canary: { classes: tiltedTo(THREE_CLASSES, 0.2) },
    stable: { classes: THREE_CLASSES },
  },
  {
    claim: 'PSI 0.2, 10 classes',
    signals: { predictionDrift: { max: 0.2 } },
    canary: { classes: tiltedTo(TEN_CLASSES, 0.2) },
    stable: { classes: TEN_CLASSES },
  },
  {
    claim: 'every request 2 % slower',
    signals: { latency: { tolerance: 1.05 } },
    canary: { latency: latencyTruth(slower(ordinary, 1.02)) },
    stable: { latency: latencyTruth(ordinary) },
  },
  {
    claim: '5 % above 250 ms, both versions',
    signals: { latency: { max: '250ms', tolerance: 1.05 } },
    canary: { latency: latencyTruth(slower(ordinary, SLOWER_TO_LIMIT)) },
    stable: { latency: latencyTruth(slower(ordinary, SLOWER_TO_LIMIT)) },
  },
  {
    claim: 'error rate at its limit of 1 %, both versions',
    signals: { errorRate: { max: 0.01 } },
    canary: { errorRate: 0.01 },
    stable: { errorRate: 0.01 },
  },
]

/** As bad as a policy allows, and not worse: the hardest case in which an abort is false. */
export const edgeCells: readonly Cell[] = EDGES.flatMap(({ claim, signals, canary, stable }) =>
  [10, 100, 1_000].map((requestsPerSecond) => ({
    name: `edge: ${claim} at ${requestsPerSecond}/s`,
    table: 'edges',
    row: [claim, `${requestsPerSecond}`],
    traffic: fourSteps({ requestsPerSecond, share: 0.1, canary, stable, historyMinutes: HALF_HOUR }),
    judges: [gateJudge('gate', { mode: 'guard', signals })],
    runs: 'errorRate' in signals ? RATE_RUNS : SLOW_RATE_RUNS,
  })),
)
