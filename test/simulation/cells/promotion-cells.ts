import type { Cell } from '../cell.ts'
import { gateJudge, type PolicyInput } from '../gate-judge.ts'
import { TEN_CLASSES, THREE_CLASSES, tiltedTo } from '../traffic/class-shares.ts'
import { latencyTruth, ordinary, slower } from '../traffic/latency-shape.ts'
import { DELAY_RUNS, HALF_HOUR, oneStep, SLOW_RATE_RUNS, type SteadyPlan } from './plans.ts'

interface Claim {
  readonly claim: string
  readonly truth: string
  readonly signals: PolicyInput['signals']
  readonly canary: SteadyPlan['canary']
  readonly stable: SteadyPlan['stable']
  readonly disagreementRate?: number
}

const SLOWER_TO_LIMIT = 0.25 / 0.16097623387307128

const errorMargin = { errorRate: { tolerance: 1.25, margin: 0.005 } }
const errorLimit = { errorRate: { max: 0.01, tolerance: 10, margin: 0.5 } }
const latencyLimit = { latency: { max: '250ms', tolerance: 10 } }
const driftLimit = { predictionDrift: { max: 0.2 } }
const shadowLimit = { shadow: { maxDisagreement: 0.02, pairedErrors: false } }

const usualLatency = { latency: latencyTruth(ordinary) }
const latencyAtLimit = { latency: latencyTruth(slower(ordinary, SLOWER_TO_LIMIT)) }

/** Exactly on the margin that the promotion must prove the canary to be below. */
const AT_THE_MARGIN: readonly Claim[] = [
  {
    claim: 'errors ≤ 1.25x stable + 0.5 pp',
    truth: '1 % → 1.75 %',
    signals: errorMargin,
    canary: { errorRate: 0.0175 },
    stable: { errorRate: 0.01 },
  },
  {
    claim: 'errors ≤ 1.25x stable + 0.5 pp',
    truth: '0.1 % → 0.625 %',
    signals: errorMargin,
    canary: { errorRate: 0.00625 },
    stable: { errorRate: 0.001 },
  },
  {
    claim: 'error rate ≤ 1 %',
    truth: '1 %',
    signals: errorLimit,
    canary: { errorRate: 0.01 },
    stable: { errorRate: 0.01 },
  },
  {
    claim: 'p95 ≤ 250 ms',
    truth: '5 % above 250 ms',
    signals: latencyLimit,
    canary: latencyAtLimit,
    stable: latencyAtLimit,
  },
  {
    claim: 'PSI ≤ 0.2, 3 classes',
    truth: '0.2',
    signals: driftLimit,
    canary: { classes: tiltedTo(THREE_CLASSES, 0.2) },
    stable: { classes: THREE_CLASSES },
  },
  {
    claim: 'PSI ≤ 0.2, 10 classes',
    truth: '0.2',
    signals: driftLimit,
    canary: { classes: tiltedTo(TEN_CLASSES, 0.2) },
    stable: { classes: TEN_CLASSES },
  },
  { claim: 'disagreement ≤ 2 %', truth: '2 %', signals: shadowLimit, canary: {}, stable: {}, disagreementRate: 0.02 },
]

/** Below the margin: how many requests it takes to prove it. */
const BELOW_THE_MARGIN: readonly Claim[] = [
  {
    claim: 'errors ≤ 1.25x stable + 0.5 pp',
    truth: 'equal at 1 %',
    signals: errorMargin,
    canary: { errorRate: 0.01 },
    stable: { errorRate: 0.01 },
  },
  {
    claim: 'errors ≤ 1.25x stable + 0.5 pp',
    truth: 'equal at 0.1 %',
    signals: errorMargin,
    canary: { errorRate: 0.001 },
    stable: { errorRate: 0.001 },
  },
  {
    claim: 'error rate ≤ 1 %',
    truth: 'no errors',
    signals: errorLimit,
    canary: { errorRate: 0 },
    stable: { errorRate: 0 },
  },
  {
    claim: 'error rate ≤ 1 %',
    truth: '0.5 %',
    signals: errorLimit,
    canary: { errorRate: 0.005 },
    stable: { errorRate: 0.005 },
  },
  {
    claim: 'p95 ≤ 250 ms',
    truth: '0.87 % above 250 ms',
    signals: latencyLimit,
    canary: usualLatency,
    stable: usualLatency,
  },
  {
    claim: 'PSI ≤ 0.2, 3 classes',
    truth: '0',
    signals: driftLimit,
    canary: { classes: THREE_CLASSES },
    stable: { classes: THREE_CLASSES },
  },
  {
    claim: 'PSI ≤ 0.2, 10 classes',
    truth: '0',
    signals: driftLimit,
    canary: { classes: TEN_CLASSES },
    stable: { classes: TEN_CLASSES },
  },
  { claim: 'disagreement ≤ 2 %', truth: '1 %', signals: shadowLimit, canary: {}, stable: {}, disagreementRate: 0.01 },
]

/** The abort is given next to no budget, so that it does not hide a false promotion by coming first. */
function promotionCell(table: string, runs: number, claim: Claim): Cell {
  const { canary, stable, disagreementRate } = claim
  return {
    name: `${table}: ${claim.claim}, ${claim.truth}`,
    table,
    row: [claim.claim, claim.truth],
    traffic: oneStep({
      requestsPerSecond: 100,
      share: 0.1,
      canary,
      stable,
      historyMinutes: HALF_HOUR,
      ...(disagreementRate !== undefined && { shadow: { pairsPerSecond: 10, disagreementRate } }),
    }),
    judges: [
      gateJudge(
        'gate',
        {
          falseAbort: 1e-6,
          falsePromote: 0.05,
          signals: claim.signals,
          step: { soak: '10s', deadline: '40m', minRequests: 1 },
        },
        'pass',
      ),
    ],
    runs,
    counted: disagreementRate === undefined ? 'canary requests' : 'pairs',
  }
}

export const promotionCells: readonly Cell[] = [
  ...AT_THE_MARGIN.map((claim) => promotionCell('false promotions', SLOW_RATE_RUNS, claim)),
  ...BELOW_THE_MARGIN.map((claim) => promotionCell('promotions', DELAY_RUNS, claim)),
]
