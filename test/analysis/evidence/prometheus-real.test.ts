// The source of evidence against a real Prometheus that scrapes real HTTP servers.
import { rejects } from 'node:assert/strict'
import { setTimeout as wait } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { windowSchema, type Window } from '#decision'
import { parseInput } from '#faults'
import {
  connectPrometheus,
  prometheusClient,
  prometheusSource,
  type EvidenceNote,
  type EvidenceSource,
  type PrometheusConnection,
  type PrometheusSourceOptions,
} from '#evidence'
import { FakePod } from '../../support/fake-pod.ts'
import { hasPrometheus, RealPrometheus, type PrometheusTarget } from '../../support/prometheus.ts'
import { LABELS, profile } from './builders.ts'

const INTERVAL_MS = 500

const patient = () => new AbortController().signal

const targetOf = ({ address, pod, podTemplateHash }: FakePod): PrometheusTarget => ({
  address,
  labels: { rollouts_pod_template_hash: podTemplateHash, pod, namespace: 'ml' },
})

/** A Prometheus, pods that it scrapes, and a source that reads it. */
class Cluster {
  readonly prometheus: RealPrometheus
  readonly connection: PrometheusConnection
  readonly pods: FakePod[]
  readonly fromMs = Date.now()
  readonly windows: Window[] = []
  readonly notes: EvidenceNote[] = []
  readonly source: EvidenceSource

  private constructor(prometheus: RealPrometheus, connection: PrometheusConnection, pods: FakePod[]) {
    this.prometheus = prometheus
    this.connection = connection
    this.pods = pods
    this.source = this.newSource()
  }

  /** Two stable pods, and a canary whose address is known before it serves. */
  static async start(): Promise<Cluster> {
    const pods = await Promise.all(
      [new FakePod('s1', 'aaa'), new FakePod('s2', 'aaa'), new FakePod('c1', 'bbb')].map((pod) => pod.start()),
    )
    await pods[2]?.stop()
    const prometheus = await RealPrometheus.start(pods.map(targetOf), INTERVAL_MS)
    const settings = { address: prometheus.address, timeout: 5_000, headers: {} }
    const connection = await connectPrometheus(settings, () => Promise.resolve(''))
    return new Cluster(prometheus, connection, pods)
  }

  newSource(options: Partial<PrometheusSourceOptions> = {}): EvidenceSource {
    return prometheusSource({
      client: prometheusClient(this.connection),
      profile,
      labels: LABELS,
      stableHash: 'aaa',
      canaryHash: 'bbb',
      namespace: 'ml',
      fromMs: this.fromMs,
      historyMs: 60_000,
      weightAt: () => 10,
      scrapeIntervalMs: INTERVAL_MS,
      needs: new Set(['requests', 'errors', 'latency', 'predictions'] as const),
      ...options,
    })
  }

  async collect(): Promise<void> {
    const { windows, notes } = await this.source.collect(Date.now(), patient())
    this.windows.push(...windows)
    this.notes.push(...notes)
  }

  /** Looks every 200 ms until something has come about. */
  async until(what: string, isDone: () => boolean): Promise<void> {
    for (let attempt = 0; attempt < 150; attempt += 1) {
      await this.collect()
      if (isDone()) return
      await wait(200)
    }
    throw new Error(`Cannot go on: ${what} did not happen within 30 s; notes: ${JSON.stringify(this.notes.slice(-5))}`)
  }

  requests(arm: 'canary' | 'stable'): number {
    return this.windows.reduce((total, window) => total + (window[arm]?.requests ?? 0), 0)
  }

  has(kind: EvidenceNote['kind'], text: string): boolean {
    return this.notes.some((note) => note.kind === kind && note.text.includes(text))
  }

  async stop(): Promise<void> {
    this.connection.close()
    await this.prometheus.stop()
    await Promise.all(this.pods.map((pod) => pod.stop()))
  }
}

async function withCluster(run: (cluster: Cluster) => Promise<void>): Promise<void> {
  const cluster = await Cluster.start()
  try {
    await run(cluster)
  } finally {
    await cluster.stop()
  }
}

async function refusesWrongSettings(cluster: Cluster): Promise<void> {
  const look = (options: Partial<PrometheusSourceOptions>) => cluster.newSource(options).collect(Date.now(), patient())
  await rejects(
    look({ labels: { ...LABELS, hash: 'pod_template_hash' } }),
    /labels\.hash: expected series with the label "pod_template_hash", received none/,
  )
  await rejects(
    look({ stableHash: 'ccc' }),
    /stable: expected series with rollouts_pod_template_hash="ccc", received "aaa", "bbb"$/,
  )
  const families = profile.families.filter(({ part }) => part === 'values')
  await rejects(
    look({ profile: { name: 'other', families } }),
    /profile: expected a metric of profile "other", received no series for query model_prediction_value_bucket\{\}/,
  )
}

if (hasPrometheus()) {
  const test = suite('prometheusSource() with a real Prometheus')

  test('counts every request of pods that come, restart and go, and a new source counts the same', async () => {
    await withCluster(async (cluster) => {
      const [s1, s2, canary] = cluster.pods as [FakePod, FakePod, FakePod]
      s1.answer({ ok: 60, failed: 2, classes: { a: 60 } })
      s2.answer({ ok: 40, seconds: 0.2, classes: { a: 30, b: 10 } })
      await cluster.until('the first counts', () => cluster.requests('stable') === 102)

      await canary.start()
      canary.answer({ ok: 20, failed: 5, classes: { b: 20 } })
      await cluster.until('the canary', () => cluster.requests('canary') === 25)

      // All that it counted has been scraped, so that its restart loses nothing.
      await canary.stop()
      await wait(2 * INTERVAL_MS)
      await canary.start()
      canary.answer({ ok: 30, classes: { b: 30 } })
      await cluster.until('the restarted canary', () => cluster.requests('canary') === 55)
      assert.ok(cluster.has('podRestarted', 'pod c1 restarted'), JSON.stringify(cluster.notes))

      await s2.stop()
      s1.answer({ ok: 7, classes: { a: 7 } })
      await cluster.until('the end of s2', () => cluster.has('podGone', 'pod s2') && cluster.requests('stable') === 109)

      for (const window of cluster.windows) parseInput(windowSchema, window, 'a window')
      const { windows } = await cluster.newSource().collect(Date.now(), patient())
      assert.equal(windows.slice(0, cluster.windows.length), cluster.windows)
      const late = cluster.windows.filter(({ canary: arm }) => arm !== undefined)
      assert.equal(
        late.reduce((sum, { canary: arm }) => sum + (arm?.errors ?? 0), 0),
        5,
      )
    })
  })

  test('names wrong settings, and outlives a Prometheus that is killed and comes back', async () => {
    await withCluster(async (cluster) => {
      const [s1, s2] = cluster.pods as [FakePod, FakePod]
      s1.answer({ ok: 10, classes: { a: 10 } })
      s2.answer({ ok: 10, classes: { a: 10 } })
      await cluster.until('the first counts', () => cluster.requests('stable') === 20)
      // Younger than two scrapes, Prometheus is not blamed for what it lacks.
      await wait(4 * INTERVAL_MS)
      await refusesWrongSettings(cluster)

      await cluster.prometheus.kill()
      s1.answer({ ok: 100, classes: { a: 100 } })
      const before = cluster.windows.length
      for (let look = 0; look < 8; look += 1) {
        await cluster.collect()
        await wait(200)
      }
      assert.is(cluster.windows.length, before)
      assert.ok(cluster.has('unavailable', 'ECONNREFUSED'), JSON.stringify(cluster.notes))
      await cluster.prometheus.resume()
      s2.answer({ ok: 5, classes: { a: 5 } })
      await cluster.until('the counts of the time between', () => cluster.requests('stable') === 125)
    })
  })

  test.run()
}
