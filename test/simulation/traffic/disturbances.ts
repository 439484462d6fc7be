import type { Random } from '../../support/random.ts'
import { binomial, exponential, geometricSum, multinomial, poisson } from '../../support/sampling.ts'
import { latencyTruth, ordinary, slower } from './latency-shape.ts'
import { OrnsteinUhlenbeck } from './ornstein-uhlenbeck.ts'
import type { PodLoad, PodTraffic } from './pod-traffic.ts'
import { nameClasses, type LatencyTruth } from './truth.ts'

type Service = PodTraffic['service']

/** Nothing wrong but the scrapes, which fall at another moment for every pod. */
export function calm(errorRate: number): Service {
  return (random) =>
    ({ meanRequests }) => {
      const requests = poisson(random, meanRequests)
      return { requests, errors: binomial(random, requests, errorRate) }
    }
}

/** Errors come in clusters on one pod: a lost connection, a client that retries. Their sizes are geometric. */
export function clusteredErrors(errorRate: number, meanCluster: number): Service {
  return (random) =>
    ({ meanRequests }) => {
      const requests = poisson(random, meanRequests)
      const errors = clustered(random, (meanRequests * errorRate) / meanCluster, meanCluster)
      return { requests, errors: Math.min(errors, requests) }
    }
}

export interface Outages {
  /** Error rate between outages. */
  readonly errorRate: number
  /** Error rate while one lasts. */
  readonly outageErrorRate: number
  readonly lengthMs: number
  /** Mean time from one outage's start to the next one's. */
  readonly everyMs: number
}

/** A dependency that all pods share fails for seconds; scrapes at different moments put it into different windows. */
export function sharedOutages({ errorRate, outageErrorRate, lengthMs, everyMs }: Outages): Service {
  return (random, _pods, startMs) => {
    const outages = new Spells(random, startMs, lengthMs, everyMs)
    return ({ meanRequests, fromMs, untilMs }) => {
      const requests = poisson(random, meanRequests)
      const during = binomial(random, requests, outages.shareOf(fromMs, untilMs))
      const errors = binomial(random, during, outageErrorRate) + binomial(random, requests - during, errorRate)
      return { requests, errors }
    }
  }
}

export interface Wandering {
  readonly errorRate: number
  /** Standard deviation of the natural log of the error rate. */
  readonly logSpread: number
  readonly memoryMs: number
}

/** The error rate of the whole service wanders. */
export function wanderingErrors(wandering: Wandering): Service {
  return (random, _pods, startMs) =>
    wanderingLoad(random, wandering, [new OrnsteinUhlenbeck(random, wandering.memoryMs, startMs)])
}

/** Every pod's error rate wanders by itself. */
export function wanderingPodErrors(wandering: Wandering): Service {
  return (random, pods, startMs) =>
    wanderingLoad(
      random,
      wandering,
      Array.from({ length: pods }, () => new OrnsteinUhlenbeck(random, wandering.memoryMs, startMs)),
    )
}

function wanderingLoad(random: Random, wandering: Wandering, levels: readonly OrnsteinUhlenbeck[]): PodLoad {
  const { errorRate, logSpread } = wandering
  return ({ pod, meanRequests, fromMs, untilMs }) => {
    const level = levels[pod % levels.length]!.at((fromMs + untilMs) / 2)
    const requests = poisson(random, meanRequests)
    const rate = Math.min(1, errorRate * Math.exp(logSpread * level - 0.5 * logSpread ** 2))
    return { requests, errors: binomial(random, requests, rate) }
  }
}

/** Every pod has spells of its own in which all its requests take `factor` times as long. */
export function slowSpells(factor: number, lengthMs: number, everyMs: number): Service {
  const usual = latencyTruth(ordinary)
  const slow = latencyTruth(slower(ordinary, factor))
  return (random, pods, startMs) => {
    const spells = Array.from({ length: pods }, () => new Spells(random, startMs, lengthMs, everyMs))
    return ({ pod, meanRequests, fromMs, untilMs }) => {
      const requests = poisson(random, meanRequests)
      const during = binomial(random, requests, spells[pod]!.shareOf(fromMs, untilMs))
      return mixedLatency(random, usual, requests - during, slow, during)
    }
  }
}

/** A share of the requests takes `factor` times as long, and those come in clusters on one pod. */
export function clusteredSlowRequests(share: number, meanCluster: number, factor: number): Service {
  const usual = latencyTruth(ordinary)
  const slow = latencyTruth(slower(ordinary, factor))
  return (random) =>
    ({ meanRequests }) => {
      const requests = poisson(random, meanRequests * (1 - share))
      const slowRequests = clustered(random, (meanRequests * share) / meanCluster, meanCluster)
      return mixedLatency(random, usual, requests, slow, slowRequests)
    }
}

/** Every pod's speed wanders by itself, `logSpread` being the standard deviation of its natural log. */
export function wanderingPodSpeed(logSpread: number, memoryMs: number): Service {
  return (random, pods, startMs) => {
    const levels = Array.from({ length: pods }, () => new OrnsteinUhlenbeck(random, memoryMs, startMs))
    return ({ pod, meanRequests, fromMs, untilMs }) => {
      const factor = Math.exp(logSpread * levels[pod]!.at((fromMs + untilMs) / 2))
      const truth = latencyTruth(slower(ordinary, factor))
      return mixedLatency(random, truth, poisson(random, meanRequests), truth, 0)
    }
  }
}

/** A client sends several requests in a row to one pod and gets the same class for all of them. */
export function clusteredPredictions(shares: readonly number[], meanCluster: number): Service {
  return (random) =>
    ({ meanRequests }) => {
      const counts = shares.map((share) => clustered(random, (meanRequests * share) / meanCluster, meanCluster))
      return { requests: counts.reduce((sum, count) => sum + count, 0), predictions: nameClasses(counts) }
    }
}

/** How many events come when clusters come at random, `meanClusters` on average, with geometric sizes. */
function clustered(random: Random, meanClusters: number, meanCluster: number): number {
  return geometricSum(random, poisson(random, meanClusters), meanCluster)
}

function mixedLatency(random: Random, usual: LatencyTruth, usualCount: number, slow: LatencyTruth, slowCount: number) {
  const counts = multinomial(random, usualCount, usual.shares)
  if (slowCount > 0) multinomial(random, slowCount, slow.shares).forEach((n, k) => (counts[k] = counts[k]! + n))
  return { requests: usualCount + slowCount, latency: { le: [...usual.bounds], counts } }
}

/** Spells of one length that begin at random moments; asked about spans that begin ever later. */
class Spells {
  readonly #random: Random
  readonly #lengthMs: number
  readonly #everyMs: number
  /** Starts of the spells that may still matter, and of the first one to come. */
  #startsMs: number[]

  constructor(random: Random, startMs: number, lengthMs: number, everyMs: number) {
    this.#random = random
    this.#lengthMs = lengthMs
    this.#everyMs = everyMs
    this.#startsMs = [startMs + exponential(random, everyMs)]
  }

  /** The part of a span that lies in a spell, 0 to 1. Spells that overlap count once each, up to the whole span. */
  shareOf(fromMs: number, untilMs: number): number {
    while (this.#startsMs.at(-1)! < untilMs) {
      this.#startsMs.push(this.#startsMs.at(-1)! + exponential(this.#random, this.#everyMs))
    }
    // Pods of one service ask at moments up to a scrape apart, so a spell is kept for a while after it is over.
    const oldestMs = fromMs - 10 * (untilMs - fromMs)
    while (this.#startsMs[0]! + this.#lengthMs < oldestMs) this.#startsMs.shift()
    let insideMs = 0
    for (const startMs of this.#startsMs) {
      insideMs += Math.max(0, Math.min(untilMs, startMs + this.#lengthMs) - Math.max(fromMs, startMs))
    }
    return Math.min(1, insideMs / (untilMs - fromMs))
  }
}
