import type { Cell } from '../cell.ts'
import { bothProfiles, defaultProfile, strictProfile, type PolicyInput } from '../gate-judge.ts'
import { anyOf } from '../rules/failure-limit.ts'
import { indexThreshold } from '../rules/stability-index.ts'
import { errorThreshold, p95Threshold } from '../rules/threshold.ts'
import { TEN_CLASSES, tiltedTo } from '../traffic/class-shares.ts'
import { latencyTruth, ordinary, slower, type Tail } from '../traffic/latency-shape.ts'
import type { ArmTruth, ShadowTruth } from '../traffic/truth.ts'
import { DELAY_RUNS, HALF_HOUR, ramp, BRIEF_RUNS, SLOW_RATE_RUNS, STEP_WINDOWS, WINDOW_MS } from './plans.ts'

/** Every signal there is: both comparisons, both objectives, drift, disagreement and paired errors. */
const SIGNALS: PolicyInput['signals'] = {
  errorRate: { max: 0.01 },
  latency: { max: '250ms' },
  predictionDrift: {},
  shadow: {},
}

/** What a template written by hand checks, each metric under the same failure limit. */
function template(failureLimit: number) {
  return anyOf(`template, failureLimit ${failureLimit}`, [
    errorThreshold('errors', 0.01, failureLimit, WINDOW_MS),
    p95Threshold('p95', 0.25, failureLimit, WINDOW_MS),
    indexThreshold('drift', 0.2, failureLimit, WINDOW_MS),
  ])
}

interface Harm {
  readonly errorRate?: number
  readonly tail?: Tail
  readonly classes?: readonly number[]
  readonly disagreementRate?: number
}

const STABLE: ArmTruth = { errorRate: 0.005, latency: latencyTruth(ordinary), classes: TEN_CLASSES }

function canaryTruth({ errorRate = 0.005, tail = ordinary, classes = TEN_CLASSES }: Harm): ArmTruth {
  return { errorRate, latency: latencyTruth(tail), classes }
}

/** 90 % of the errors are caused by the input and hit both models of a pair. */
function shadowTruth(pairsPerSecond: number, { errorRate = 0.005, disagreementRate = 0.005 }: Harm): ShadowTruth {
  return {
    pairsPerSecond,
    disagreementRate,
    canaryOnlyErrorRate: 0.0005 + Math.max(0, errorRate - 0.005),
    stableOnlyErrorRate: 0.0005,
  }
}

function rollout(requestsPerSecond: number, harm: Harm, onsetStep = 0) {
  const pairsPerSecond = Math.min(20, requestsPerSecond / 5)
  return ramp(requestsPerSecond, HALF_HOUR, (step) => {
    const now = step >= onsetStep ? harm : {}
    return { canary: canaryTruth(now), stable: STABLE, shadow: shadowTruth(pairsPerSecond, now) }
  })
}

const falseAborts: Cell[] = [1, 10, 100, 1_000].map((requestsPerSecond) => ({
  name: `whole gate, equal at ${requestsPerSecond}/s`,
  table: 'whole gate',
  row: ['equal to stable', `${requestsPerSecond}`],
  traffic: rollout(requestsPerSecond, {}),
  judges: [strictProfile(SIGNALS)],
  runs: SLOW_RATE_RUNS,
  brief: { judges: [defaultProfile(SIGNALS), template(0), template(3)], runs: BRIEF_RUNS },
}))

/** As bad as the tolerances allow in everything at once; 2 % slower, since the buckets only show about half of 5 %. */
const AT_THE_EDGE: Harm = {
  errorRate: 1.25 * 0.005,
  tail: slower(ordinary, 1.02),
  classes: tiltedTo(TEN_CLASSES, 0.19),
  disagreementRate: 0.01,
}

const edges: Cell[] = [10, 100, 1_000].map((requestsPerSecond) => ({
  name: `whole gate, at the edge at ${requestsPerSecond}/s`,
  table: 'whole gate',
  row: ['at the edge of every tolerance', `${requestsPerSecond}`],
  traffic: ramp(requestsPerSecond, HALF_HOUR, () => ({
    canary: canaryTruth(AT_THE_EDGE),
    stable: STABLE,
    shadow: { ...shadowTruth(Math.min(20, requestsPerSecond / 5), {}), disagreementRate: 0.01 },
  })),
  judges: [defaultProfile(SIGNALS)],
  runs: SLOW_RATE_RUNS,
  brief: { judges: [template(0), template(3)], runs: BRIEF_RUNS },
}))

const HARMS: readonly { readonly name: string; readonly harm: Harm }[] = [
  { name: 'errors 0.5 % → 5 %', harm: { errorRate: 0.05 } },
  { name: 'errors 0.5 % → 2 %', harm: { errorRate: 0.02 } },
  { name: 'every request x1.5', harm: { tail: slower(ordinary, 1.5) } },
  { name: 'every request x1.2', harm: { tail: slower(ordinary, 1.2) } },
  { name: 'PSI 0.5', harm: { classes: tiltedTo(TEN_CLASSES, 0.5) } },
  { name: 'disagreement 3 %', harm: { disagreementRate: 0.03 } },
]

const fromTheStart: Cell[] = [10, 100, 1_000].flatMap((requestsPerSecond) =>
  HARMS.map(({ name, harm }) => ({
    name: `whole gate, ${name} at ${requestsPerSecond}/s`,
    table: 'whole gate delays',
    row: [name, `${requestsPerSecond}`, 'start'],
    traffic: rollout(requestsPerSecond, harm),
    judges: [...bothProfiles(SIGNALS), template(3)],
    runs: DELAY_RUNS,
  })),
)

const fromStepThree: Cell[] = [HARMS[0]!, HARMS[2]!].map(({ name, harm }) => ({
  name: `whole gate, ${name} from step 3 on`,
  table: 'whole gate delays',
  row: [name, '100', 'step 3 (50 %)'],
  traffic: rollout(100, harm, 2),
  judges: [...bothProfiles(SIGNALS), template(3)],
  runs: DELAY_RUNS,
  onsetMs: 2 * STEP_WINDOWS * WINDOW_MS,
}))

export const wholeGateCells: readonly Cell[] = [...falseAborts, ...edges, ...fromTheStart, ...fromStepThree]
