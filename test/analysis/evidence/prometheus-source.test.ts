import { rejects } from 'node:assert/strict'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  PrometheusFault,
  prometheusSource,
  type Collected,
  type EvidenceSource,
  type PrometheusClient,
  type PrometheusSourceOptions,
} from '#evidence'
import type { Labels } from '../../../analysis/evidence/counter.ts'
import type { RawSeries } from '../../../analysis/evidence/matrix.ts'
import type { PrometheusFaultKind } from '../../../analysis/evidence/prometheus-fault.ts'
import { Random } from '../../support/random.ts'
import { LABELS, profile } from './builders.ts'

const patient = () => new AbortController().signal

const INTERVAL_MS = 15_000
const FROM_MS = Date.UTC(2026, 0, 1)
const END_MS = FROM_MS + 1_200_000

/** Prometheus as an array of series: answers like the real one, and fails when a test says so. */
class MemoryPrometheus implements PrometheusClient {
  readonly address = 'http://prometheus.test'
  readonly queries: string[] = []
  series: readonly RawSeries[] = []
  failWith: PrometheusFaultKind | undefined
  /** Longest range that is not too much, milliseconds. */
  maxRangeMs = Infinity
  existing = new Set<string>(['up offset 30s'])
  values: (selector: string | undefined) => readonly string[] = () => []

  rawSeries(query: string, atMs: number): Promise<readonly RawSeries[]> {
    this.queries.push(query)
    const rangeMs = Number(/\[(\d+)(?:ms|s)\]$/.exec(query)?.[1]) * (query.endsWith('ms]') ? 1 : 1_000)
    if (rangeMs > this.maxRangeMs) return Promise.reject(new PrometheusFault('tooMuch', 'Cannot ask: too much'))
    if (this.failWith !== undefined)
      return Promise.reject(new PrometheusFault(this.failWith, `Cannot ask: ${this.failWith}`))
    return Promise.resolve(
      this.series.map(({ labels, timesMs, values }) => {
        const inRange = timesMs.map((timeMs) => timeMs >= atMs - rangeMs && timeMs <= atMs)
        return {
          labels,
          timesMs: timesMs.filter((_, k) => inRange[k]),
          values: values.filter((_, k) => inRange[k]),
        }
      }),
    )
  }

  hasSeries(selector: string): Promise<boolean> {
    return Promise.resolve(this.existing.has(selector))
  }

  labelValues(_: string, selector: string | undefined): Promise<readonly string[]> {
    return Promise.resolve(this.values(selector))
  }
}

/** A pod that counts ten requests or so an interval, from half an hour before the rollout or from `sinceMs` on. */
function podSeries(pod: string, hash: string, sinceMs = FROM_MS - 1_800_000): RawSeries[] {
  const random = new Random(pod)
  const place: Labels = { rollouts_pod_template_hash: hash, pod, instance: `${pod}:80`, job: 'pods', namespace: 'ml' }
  const timesMs: number[] = []
  const [ok, failed]: [number[], number[]] = [[], []]
  const firstMs = sinceMs + Math.floor(random.uniform() * INTERVAL_MS)
  for (let atMs = firstMs; atMs <= END_MS; atMs += INTERVAL_MS) {
    // One scrape in twenty fails.
    if (random.uniform() < 0.05) continue
    timesMs.push(atMs)
    ok.push((ok.at(-1) ?? 0) + Math.floor(random.uniform() * 20))
    failed.push((failed.at(-1) ?? 0) + (random.uniform() < 0.3 ? 1 : 0))
  }
  const series = (metric: string, labels: Labels, values: readonly number[]) => ({
    labels: { __name__: metric, ...labels, ...place },
    timesMs,
    values,
  })
  return [
    series('inference_requests_total', { code: '200' }, ok),
    series('inference_requests_total', { code: '500' }, failed),
    series(
      'process_start_time_seconds',
      {},
      timesMs.map(() => sinceMs / 1_000),
    ),
  ]
}

function cluster(): MemoryPrometheus {
  const prometheus = new MemoryPrometheus()
  prometheus.series = [
    ...['s1', 's2', 's3'].flatMap((pod) => podSeries(pod, 'aaa')),
    ...podSeries('c1', 'bbb', FROM_MS + 20_000),
    ...podSeries('other', 'ccc'),
  ]
  return prometheus
}

function sourceOf(client: PrometheusClient, options: Partial<PrometheusSourceOptions> = {}): EvidenceSource {
  return prometheusSource({
    client,
    profile,
    labels: LABELS,
    stableHash: 'aaa',
    canaryHash: 'bbb',
    fromMs: FROM_MS,
    historyMs: 600_000,
    weightAt: (atMs) => (atMs < FROM_MS + 600_000 ? 10 : 30),
    scrapeIntervalMs: INTERVAL_MS,
    ...options,
  })
}

const test = suite('prometheusSource()')

test('brings the history at weight 0, then windows with the weights of the rollout', async () => {
  const { windows } = await sourceOf(cluster()).collect(END_MS, patient())
  const weights = windows.map(({ at, weight }) => [Date.parse(at) < FROM_MS ? 'before' : 'after', weight].join(' '))
  assert.equal([...new Set(weights)], ['before 0', 'after 10', 'after 30'])
  const history = windows.filter(({ weight }) => weight === 0)
  assert.ok(history.length >= 25, `${history.length} windows of history`)
  assert.ok(history.every(({ canary, stable }) => canary === undefined && stable !== undefined))
  assert.ok(history.filter(({ aa }) => aa !== undefined).length > history.length / 2)
  assert.ok(windows.some(({ canary }) => (canary?.requests ?? 0) > 0))
})

test('asks one query for all metrics of both arms, in the namespace', async () => {
  const prometheus = cluster()
  await sourceOf(prometheus, { namespace: 'ml' }).collect(END_MS, patient())
  assert.equal(prometheus.queries, [
    '{__name__=~"process_start_time_seconds|inference_requests_total|inference_latency_seconds_bucket|' +
      'model_predictions_total|model_prediction_value_bucket|shadow_pairs_total|shadow_disagreements_total|shadow_errors_total|' +
      'shadow_causes_total|shadow_noise_pairs_total|shadow_noise_disagreements_total|shadow_slice_pairs_total|shadow_slice_disagreements_total",' +
      'rollouts_pod_template_hash=~"aaa|bbb",namespace="ml"}[1799s]',
  ])
})

test('gives the same windows whether it looks often, once, or in small ranges', async () => {
  const once = (await sourceOf(cluster()).collect(END_MS, patient())).windows
  const random = new Random('looks')
  const often = sourceOf(cluster())
  const windows: Collected['windows'][number][] = []
  for (let nowMs = FROM_MS - 300_000; nowMs < END_MS; nowMs += Math.floor(random.uniform() * 40_000)) {
    windows.push(...(await often.collect(nowMs, patient())).windows)
  }
  windows.push(...(await often.collect(END_MS, patient())).windows)
  assert.equal(windows, once)
  assert.equal((await sourceOf(cluster(), { maxRangeMs: 61_000 }).collect(END_MS, patient())).windows, once)
})

test('asks for less where an answer would be too large', async () => {
  const prometheus = cluster()
  prometheus.maxRangeMs = 300_000
  const { windows, notes } = await sourceOf(prometheus).collect(END_MS, patient())
  assert.equal(windows, (await sourceOf(cluster()).collect(END_MS, patient())).windows)
  assert.is(notes.filter(({ kind }) => kind === 'unavailable').length, 0)
})

test('says so where even the least would be too large', async () => {
  const prometheus = cluster()
  prometheus.maxRangeMs = 5_000
  const { windows, notes } = await sourceOf(prometheus).collect(END_MS, patient())
  assert.equal([windows, notes], [[], [{ kind: 'unavailable', text: 'Cannot ask: too much' }]])
})

test('notes an outage, waits longer from one time to the next, and then brings everything that was missed', async () => {
  const prometheus = cluster()
  const source = sourceOf(prometheus)
  const windows = [...(await source.collect(FROM_MS + 100_000, patient())).windows]
  prometheus.failWith = 'unavailable'
  const before = prometheus.queries.length
  for (let second = 100; second < 220; second += 1) {
    const { windows: none, notes } = await source.collect(FROM_MS + second * 1_000 + 500, patient())
    assert.equal(none, [])
    assert.equal(
      notes.map(({ kind }) => kind),
      ['unavailable'],
    )
  }
  assert.ok(prometheus.queries.length - before < 12, `${prometheus.queries.length - before} queries in two minutes`)
  prometheus.failWith = undefined
  windows.push(...(await source.collect(END_MS, patient())).windows)
  assert.equal(windows, (await sourceOf(cluster()).collect(END_MS, patient())).windows)
})

test('keeps what it has read when a later range fails', async () => {
  const prometheus = cluster()
  const rawSeries = prometheus.rawSeries.bind(prometheus)
  prometheus.rawSeries = (query, atMs) => {
    prometheus.failWith = prometheus.queries.length === 3 ? 'connectionLost' : undefined
    return rawSeries(query, atMs)
  }
  const source = sourceOf(prometheus, { maxRangeMs: 300_000 })
  const first = await source.collect(END_MS, patient())
  assert.ok(first.windows.length > 20)
  assert.is(first.notes.at(-1)?.kind, 'unavailable')
  const rest = await source.collect(END_MS + 10_000, patient())
  assert.equal(
    [...first.windows, ...rest.windows].slice(0, 100),
    (await sourceOf(cluster()).collect(END_MS, patient())).windows.slice(0, 100),
  )
})

test('refuses a refusal at the first look, and waits one out later', async () => {
  const prometheus = cluster()
  prometheus.failWith = 'refused'
  await rejects(
    sourceOf(prometheus).collect(FROM_MS, patient()),
    /^InputError: Cannot use Prometheus: prometheus: Cannot ask: refused/,
  )
  prometheus.failWith = undefined
  const source = sourceOf(prometheus)
  await source.collect(FROM_MS, patient())
  prometheus.failWith = 'refused'
  assert.is((await source.collect(FROM_MS + 60_000, patient())).notes.at(-1)?.kind, 'unavailable')
})

test('brings nothing more once its caller has left', async () => {
  const prometheus = cluster()
  prometheus.rawSeries = () => Promise.reject(new Error('aborted'))
  assert.equal(await sourceOf(prometheus).collect(END_MS, AbortSignal.abort()), { windows: [], notes: [] })
})

test('says that the canary has not shown itself', async () => {
  const prometheus = cluster()
  prometheus.series = prometheus.series.filter(({ labels }) => labels['pod'] !== 'c1')
  const { notes } = await sourceOf(prometheus).collect(FROM_MS + 120_000, patient())
  assert.equal(notes, [
    {
      kind: 'missingSeries',
      text: 'no pod with rollouts_pod_template_hash="bbb" has shown a metric of profile modelgate yet',
    },
  ])
})

test('refuses to wait for a metric that pods with traffic do not show', async () => {
  const source = sourceOf(cluster(), { needs: new Set(['requests', 'errors', 'latency'] as const) })
  await rejects(
    source.collect(END_MS, patient()),
    /latency: expected metric 'inference_latency_seconds_bucket' on some pod/,
  )
})

test.run()

const silence = suite('prometheusSource() without samples of stable')

const EVERY_METRIC =
  '{__name__=~"inference_requests_total|inference_latency_seconds_bucket|model_predictions_total|model_prediction_value_bucket"}'

/** What Prometheus knows, and what comes of it. */
const CASES: readonly {
  readonly what: string
  readonly existing?: readonly string[]
  readonly hashes: readonly string[]
  readonly ofMetrics?: readonly string[]
  readonly refusal?: string
  readonly note?: string
}[] = [
  {
    what: 'notes a Prometheus that has only just begun',
    existing: [],
    hashes: [],
    note: 'Prometheus at http://prometheus.test has only just begun to scrape',
  },
  {
    what: 'refuses when no series has the label',
    hashes: [],
    refusal:
      'labels.hash: expected series with the label "rollouts_pod_template_hash", received none; the label of the same name',
  },
  {
    what: 'refuses when no series has the stable hash',
    hashes: ['b1', 'b2', 'b3', 'b4', 'b5', 'b6', 'b7'],
    refusal:
      'stable: expected series with rollouts_pod_template_hash="aaa", received "b1", "b2", "b3", "b4", "b5" and 2 more',
  },
  {
    what: 'refuses when the metrics exist without the label',
    existing: ['up offset 30s', EVERY_METRIC],
    hashes: ['aaa'],
    refusal: `labels.hash: expected the label "rollouts_pod_template_hash" on the series of query ${EVERY_METRIC}, received series without it`,
  },
  {
    what: 'refuses when other pods have the metrics',
    hashes: ['aaa', 'ccc'],
    ofMetrics: ['ccc'],
    refusal: `profile: expected the pods with rollouts_pod_template_hash="aaa" to show a metric of profile "modelgate", received none; query ${EVERY_METRIC} finds it with "ccc"`,
  },
  {
    what: 'refuses when nobody has the metrics',
    hashes: ['aaa'],
    refusal: `profile: expected a metric of profile "modelgate", received no series for query ${EVERY_METRIC}; a service that has had no request`,
  },
  {
    what: 'notes that samples are on their way',
    hashes: ['aaa'],
    ofMetrics: ['aaa'],
    note: `query ${EVERY_METRIC} has had no sample of stable aaa yet`,
  },
]

for (const { what, existing, hashes, ofMetrics = [], refusal, note } of CASES) {
  silence(what, async () => {
    const prometheus = new MemoryPrometheus()
    if (existing !== undefined) prometheus.existing = new Set(existing)
    prometheus.values = (selector) => (selector === undefined ? hashes : ofMetrics)
    const collected = sourceOf(prometheus).collect(END_MS, patient())
    if (refusal !== undefined) {
      await rejects(collected, (error: Error) => {
        assert.ok(
          error.message.startsWith('Cannot use the metrics in Prometheus at http://prometheus.test: '),
          error.message,
        )
        assert.match(error.message, refusal)
        return true
      })
    } else {
      assert.equal(
        (await collected).notes.map(({ text }) => text),
        [note],
      )
    }
  })
}

silence('looks for the reason once a minute', async () => {
  const prometheus = new MemoryPrometheus()
  prometheus.existing = new Set()
  const source = sourceOf(prometheus)
  const notes: number[] = []
  for (let second = 0; second < 180; second += 10) {
    notes.push((await source.collect(END_MS + second * 1_000, patient())).notes.length)
  }
  assert.is(
    notes.reduce((sum, count) => sum + count, 0),
    3,
  )
})

silence.run()
