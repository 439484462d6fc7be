import { InputError } from '#faults'
import type { PrometheusClient } from '#evidence'
import type { Cluster, RolloutFacts, RunFacts } from '#metrics'
import type { AnalysisRun, Metric, RpcCall } from '#plugin'

/** The beginning of every story: a whole number of scrapes. */
export const START_MS = Date.UTC(2026, 0, 1, 12)
export const CANARY = 'c4n4ry'
export const STABLE = 'st4ble'
export const SCRAPE_MS = 10_000

/** Requests per scrape and the share of them that fail. */
export interface Traffic {
  readonly requests: number
  readonly errorRate: number
}

/** A Prometheus that knows two pods, whose counters follow from the time alone: asked twice, it answers the same. */
export class CounterWorld implements PrometheusClient {
  readonly address = 'http://prometheus.test:9090'
  /** Every question, for tests that count them. */
  readonly questions: string[] = []
  /** What happens to a question, where it is not answered. */
  fault: (() => Promise<never>) | undefined
  /** When the canary's pod is first scraped. */
  canarySeenMs = START_MS
  /** When the canary's first request comes. */
  canaryServesMs = -Infinity
  /** When the process of an arm's pod began anew, and its counters with it, by hash. */
  readonly restartsMs = new Map<string, readonly number[]>()
  /** Inputs that the canary compares from when it is first scraped, and the share on which the models disagree. */
  pairs: Traffic | undefined
  /** When the last of them came. */
  pairsEndMs = Infinity
  readonly #arms: ReadonlyMap<string, Traffic>

  constructor(canary: Traffic, stable: Traffic = { requests: 900, errorRate: 0.001 }) {
    this.#arms = new Map([
      [CANARY, canary],
      [STABLE, stable],
    ])
  }

  async rawSeries(query: string, atMs: number): ReturnType<PrometheusClient['rawSeries']> {
    this.questions.push(query)
    if (this.fault !== undefined) return this.fault()
    const [, length, unit] = /\[(\d+)(ms|s)\]$/.exec(query) ?? []
    const rangeMs = Number(length) * (unit === 's' ? 1_000 : 1)
    if (Number.isNaN(rangeMs)) throw new Error(`Cannot answer ${query}: expected a range`)
    const timesMs: number[] = []
    for (let at = Math.floor(atMs / SCRAPE_MS) * SCRAPE_MS; at > atMs - rangeMs; at -= SCRAPE_MS) timesMs.unshift(at)
    return [...this.#arms].flatMap(([hash, traffic]) => {
      const seen = hash === CANARY ? timesMs.filter((at) => at >= this.canarySeenMs) : timesMs
      if (seen.length === 0) return []
      const series: SeriesOf = (name, labels, count) => ({
        labels: {
          __name__: name,
          rollouts_pod_template_hash: hash,
          pod: `${hash}-1`,
          namespace: 'ml',
          instance: `${hash}:8080`,
          job: 'models',
          ...labels,
        },
        timesMs: seen,
        values: seen.map(count),
      })
      const fromMs = (at: number) =>
        Math.max(hash === CANARY ? this.canaryServesMs : -Infinity, this.#startedMs(hash, at))
      const requests = (at: number) => requestsUntil(at, traffic) - requestsUntil(Math.min(at, fromMs(at)), traffic)
      const errors = (at: number) => Math.floor(requests(at) * traffic.errorRate)
      return [
        series('inference_requests_total', { endpoint: '/predict', code: '500' }, errors),
        series('inference_requests_total', { endpoint: '/predict', code: '200' }, (at) => requests(at) - errors(at)),
        ...this.#starts(hash, series),
        ...(hash === CANARY ? this.#comparisons(series) : []),
      ]
    })
  }

  #startedMs(hash: string, atMs: number): number {
    return this.restartsMs.get(hash)?.findLast((restart) => restart <= atMs) ?? START_MS - 86_400_000
  }

  #starts(hash: string, series: SeriesOf): ReturnType<SeriesOf>[] {
    if (!this.restartsMs.has(hash)) return []
    return [series('process_start_time_seconds', {}, (at) => this.#startedMs(hash, at) / 1_000)]
  }

  #comparisons(series: SeriesOf): ReturnType<SeriesOf>[] {
    const { pairs } = this
    if (pairs === undefined) return []
    const compared = (at: number) => requestsUntil(Math.min(at, this.pairsEndMs), pairs)
    const disagreements = (at: number) => Math.floor(compared(at) * pairs.errorRate)
    return [
      series('shadow_pairs_total', {}, compared),
      series('shadow_disagreements_total', {}, disagreements),
      series('shadow_errors_total', { side: 'canary' }, () => 0),
      series('shadow_errors_total', { side: 'stable' }, () => 0),
    ]
  }

  hasSeries(): Promise<boolean> {
    return Promise.resolve(true)
  }

  labelValues(): Promise<readonly string[]> {
    return Promise.resolve([CANARY, STABLE])
  }
}

/** One counter of one pod: its name, its own labels, its value at a time. */
type SeriesOf = (
  name: string,
  labels: Readonly<Record<string, string>>,
  count: (atMs: number) => number,
) => Awaited<ReturnType<PrometheusClient['rawSeries']>>[number]

function requestsUntil(atMs: number, { requests }: Traffic): number {
  return Math.max(0, Math.round(((atMs - START_MS) / SCRAPE_MS + 10_000) * requests))
}

/** A cluster with one Rollout whose steps are 10, gate, 30, gate, 100. */
export class OneRollout implements Cluster {
  facts: RolloutFacts = { stableHash: STABLE, setWeights: [10, null, 30, null, 100] }
  listed: RunFacts[] = []
  fault: Error | undefined

  rollout(): Promise<RolloutFacts> {
    return this.fault === undefined ? Promise.resolve(this.facts) : Promise.reject(this.fault)
  }

  runs(): Promise<readonly RunFacts[]> {
    return this.fault === undefined ? Promise.resolve(this.listed) : Promise.reject(this.fault)
  }
}

/** A policy of error rates alone, quick to decide. */
export const POLICY = {
  prometheus: { address: 'http://prometheus.test:9090' },
  scrapeInterval: '10s',
  signals: { errorRate: { max: 0.05 } },
  step: { soak: '30s', deadline: '5m' },
  outage: { patience: '2m' },
}

export function metric(policy: object = POLICY, changes: Partial<Metric> = {}): Metric {
  return {
    name: 'gate',
    interval: '',
    initialDelay: '',
    count: undefined,
    successCondition: '',
    failureCondition: '',
    failureLimit: undefined,
    inconclusiveLimit: undefined,
    consecutiveErrorLimit: undefined,
    consecutiveSuccessLimit: undefined,
    plugin: { 'modelgate/slo': new TextEncoder().encode(JSON.stringify(policy)) },
    raw: {},
    ...changes,
  }
}

/** An AnalysisRun as the controller makes it for a step, or beside the steps. */
export function analysisRun(name: string, stepIndex: number | null, createdMs = START_MS): AnalysisRun {
  return {
    metadata: {
      name,
      namespace: 'ml',
      uid: '',
      resourceVersion: '',
      generation: 1,
      labels: {
        'rollouts-pod-template-hash': CANARY,
        'rollout-type': stepIndex === null ? 'Background' : 'Step',
        ...(stepIndex === null ? {} : { 'step-index': String(stepIndex) }),
      },
      annotations: { 'rollout.argoproj.io/revision': '2' },
      creationTimestamp: new Date(createdMs),
      ownerReferences: [
        { apiVersion: 'argoproj.io/v1alpha1', kind: 'Rollout', name: 'iris', uid: '', controller: true },
      ],
    },
    get spec(): never {
      throw new InputError('the test', [{ path: 'spec', text: 'expected not to be read' }])
    },
    get status(): never {
      throw new InputError('the test', [{ path: 'status', text: 'expected not to be read' }])
    },
    raw: {},
  }
}

export const CALL: RpcCall = { signal: new AbortController().signal }
