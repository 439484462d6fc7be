import type { Random } from '../../support/random.ts'
import type { Arm, Window } from '#decision'
import { addArms, type Traffic } from './truth.ts'
import { windowTime } from './window-time.ts'

/** What one pod counted from one scrape to the next. Called in the order of time. */
export type PodLoad = (span: PodSpan) => Arm

export interface PodSpan {
  readonly pod: number
  readonly fromMs: number
  readonly untilMs: number
  /** Expected number of requests. */
  readonly meanRequests: number
}

export interface PodTraffic {
  readonly requestsPerSecond: number
  readonly pods: number
  /** How many of the pods are canaries; their share is that part of the traffic. */
  readonly canaryPods: number
  /** Time between two scrapes of a pod; every pod is scraped at its own offset within it. */
  readonly scrapeMs: number
  readonly historyMs: number
  readonly rolloutMs: number
  /** Makes the disturbed service of one simulated rollout, from the start of its history on. */
  readonly service: (random: Random, pods: number, startMs: number) => PodLoad
}

/**
 * Pods that are scraped one by one and share, or do not share, their troubles. The canary is one of them and no worse than
 * the others, so every abort is a false one. In the history the same pod plays the equal of the canary.
 */
export function podTraffic(plan: PodTraffic): Traffic {
  return (random) => windows(random, plan)
}

function* windows(random: Random, plan: PodTraffic): Generator<Window> {
  const { pods, canaryPods, scrapeMs, historyMs, rolloutMs } = plan
  const meanRequests = (plan.requestsPerSecond * scrapeMs) / 1_000 / pods
  // In the order of their offsets, so that the service is asked in the order of time; which of them are canaries is chance.
  const offsetsMs = Array.from({ length: pods }, () => random.uniform() * scrapeMs).sort((a, b) => a - b)
  const canaries = chooseSome(random, pods, canaryPods)
  const load = plan.service(random, pods, -historyMs - 2 * scrapeMs)
  for (let atMs = scrapeMs - historyMs; atMs <= rolloutMs; atMs += scrapeMs) {
    const arms: { canary?: Arm; stable?: Arm } = {}
    for (let pod = 0; pod < pods; pod++) {
      const untilMs = atMs - scrapeMs + offsetsMs[pod]!
      const counted = load({ pod, fromMs: untilMs - scrapeMs, untilMs, meanRequests })
      const side = canaries.has(pod) ? 'canary' : 'stable'
      const before = arms[side]
      arms[side] = before === undefined ? counted : addArms(before, counted)
    }
    yield toWindow(atMs, (100 * canaryPods) / pods, arms.canary!, arms.stable!)
  }
}

function toWindow(atMs: number, weight: number, canary: Arm, stable: Arm): Window {
  const at = windowTime(atMs)
  if (atMs > 0) return { at, weight, canary, stable }
  return { at, weight: 0, stable: addArms(canary, stable), aa: { canary, stable } }
}

function chooseSome(random: Random, pods: number, count: number): ReadonlySet<number> {
  const chosen = new Set<number>()
  while (chosen.size < count) chosen.add(Math.floor(random.uniform() * pods))
  return chosen
}
