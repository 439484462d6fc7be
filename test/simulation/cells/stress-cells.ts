import type { Cell } from '../cell.ts'
import { bothProfiles, gateJudge, type PolicyInput } from '../gate-judge.ts'
import { mannWhitney, minuteErrorRate, minuteP95 } from '../rules/mann-whitney.ts'
import { chiSquareTest } from '../rules/chi-square-test.ts'
import { errorRatio, p95Ratio } from '../rules/threshold.ts'
import { zTest } from '../rules/z-test.ts'
import { THREE_CLASSES } from '../traffic/class-shares.ts'
import {
  calm,
  clusteredErrors,
  clusteredPredictions,
  clusteredSlowRequests,
  sharedOutages,
  slowSpells,
  wanderingErrors,
  wanderingPodErrors,
  wanderingPodSpeed,
} from '../traffic/disturbances.ts'
import { podTraffic, type PodTraffic } from '../traffic/pod-traffic.ts'
import { RATE_RUNS, BRIEF_RUNS, SLOW_RATE_RUNS } from './plans.ts'

/** Prometheus' usual scrape interval in clusters. */
const SCRAPE_MS = 15_000
const HOUR_MS = 3_600_000
const ROLLOUT_MS = 2_400_000
const ERROR_RATE = 0.01

interface Stress {
  readonly name: string
  readonly service: PodTraffic['service']
  readonly kind: 'errors' | 'latency' | 'predictions'
}

const STRESSES: readonly Stress[] = [
  { name: 'misaligned scrapes only', service: calm(ERROR_RATE), kind: 'errors' },
  { name: 'errors in clusters of 5', service: clusteredErrors(ERROR_RATE, 5), kind: 'errors' },
  {
    name: 'shared outages of 5 s',
    service: sharedOutages({ errorRate: ERROR_RATE, outageErrorRate: 0.5, lengthMs: 5_000, everyMs: 600_000 }),
    kind: 'errors',
  },
  {
    name: 'shared error rate wanders (sd 0.8 log, 1 min)',
    service: wanderingErrors({ errorRate: ERROR_RATE, logSpread: 0.8, memoryMs: 60_000 }),
    kind: 'errors',
  },
  {
    name: "each pod's error rate wanders (sd 0.3 log, 2 min)",
    service: wanderingPodErrors({ errorRate: ERROR_RATE, logSpread: 0.3, memoryMs: 120_000 }),
    kind: 'errors',
  },
  { name: 'pods with slow spells of 10 s', service: slowSpells(3, 10_000, 300_000), kind: 'latency' },
  { name: 'slow requests in clusters of 5', service: clusteredSlowRequests(0.02, 5, 4), kind: 'latency' },
  { name: "each pod's speed wanders (sd 10 %, 2 min)", service: wanderingPodSpeed(0.1, 120_000), kind: 'latency' },
  { name: 'predictions in clusters of 5', service: clusteredPredictions(THREE_CLASSES, 5), kind: 'predictions' },
]

const SIGNALS: Readonly<Record<'errors' | 'latency', PolicyInput['signals']>> = {
  errors: { errorRate: {} },
  latency: { latency: {} },
}

const equality = gateJudge('strict', { mode: 'guard', signals: { predictionDrift: { equality: true } } })
const tolerantDrift = gateJudge('default', { mode: 'guard', signals: { predictionDrift: { max: 0.2 } } })

/** The rules of today that fit the signal, under the same names for every signal so that they share columns. */
const RULES = {
  errors: [
    errorRatio('> 1.2x stable, failureLimit 3', 1.2, 3, SCRAPE_MS),
    zTest('z-test or chi-square p < .01', 0.01),
    mannWhitney('Mann-Whitney', SCRAPE_MS, minuteErrorRate),
  ],
  latency: [
    p95Ratio('> 1.2x stable, failureLimit 3', 1.2, 3, SCRAPE_MS),
    mannWhitney('Mann-Whitney', SCRAPE_MS, minuteP95),
  ],
  predictions: [chiSquareTest('z-test or chi-square p < .01', 0.01)],
} as const

/** Hours of history; none at all only where the method is known to need some. */
const HISTORY_HOURS = [3, 1, 0] as const

export const stressCells: readonly Cell[] = STRESSES.flatMap(({ name, service, kind }) =>
  HISTORY_HOURS.flatMap((hours) =>
    [100, 1_000].map((requestsPerSecond) => ({
      name: `${name} at ${requestsPerSecond}/s, ${hours} h`,
      table: `stress, ${hours} h`,
      row: [name, `${requestsPerSecond}`],
      traffic: podTraffic({
        requestsPerSecond,
        pods: 10,
        canaryPods: 1,
        scrapeMs: SCRAPE_MS,
        historyMs: hours * HOUR_MS,
        rolloutMs: ROLLOUT_MS,
        service,
      }),
      judges: kind === 'predictions' ? [tolerantDrift, equality] : bothProfiles(SIGNALS[kind]),
      runs: hours < 3 ? BRIEF_RUNS : kind === 'errors' ? RATE_RUNS : SLOW_RATE_RUNS,
      ...(hours === 3 && { brief: { judges: RULES[kind], runs: BRIEF_RUNS } }),
    })),
  ),
)
