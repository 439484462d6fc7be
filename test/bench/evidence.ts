// How long a restarted process needs until it knows a rollout again: 40 minutes of raw samples of 20 pods, as Prometheus
// sends them, to 160 windows of counts, and from those to verdicts.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { once } from 'node:events'
import * as decision from '#decision'
import { parseInput } from '#faults'
import {
  connectPrometheus,
  errorCodes,
  findProfile,
  policySchema,
  prometheusClient,
  prometheusSource,
  type Collected,
} from '#evidence'
import { Random } from '../support/random.ts'

const STABLE_PODS = 18
const CANARY_PODS = 2
const WINDOWS = 160
const INTERVAL_MS = 15_000
const RUNS = 25
const FROM_MS = Date.parse('2026-01-01T00:00:00Z')
const BOUNDS = ['0.005', '0.01', '0.025', '0.05', '0.075', '0.1', '0.25', '0.5', '0.75', '1', '2.5', '5', '+Inf']
const CLASSES = 10

interface Series {
  readonly metric: Readonly<Record<string, string>>
  readonly values: [number, string][]
}

/** The counters of one pod at the times of its scrapes, 15 seconds apart at an offset of its own. */
function podSeries(name: string, hash: string, random: Random): Series[] {
  const place = { instance: `10.0.${name.length}.7:8080`, job: 'ml/iris', namespace: 'ml', pod: name }
  const series = (metric: string, own: Readonly<Record<string, string>>): Series => ({
    metric: { __name__: metric, ...own, ...place, rollouts_pod_template_hash: hash },
    values: [],
  })
  const start = series('process_start_time_seconds', {})
  const ok = series('inference_requests_total', { endpoint: '/predict', code: '200' })
  const failed = series('inference_requests_total', { endpoint: '/predict', code: '500' })
  const buckets = BOUNDS.map((le) => series('inference_latency_seconds_bucket', { le }))
  const classes = Array.from({ length: CLASSES }, (_, k) =>
    series('model_predictions_total', { output: 'label', class: `class-${k}` }),
  )
  const counters = [ok, failed, ...buckets, ...classes]
  const totals = counters.map(() => 0)
  const offsetMs = Math.floor(random.uniform() * INTERVAL_MS)
  for (let window = 0; window <= WINDOWS; window += 1) {
    const seconds = (FROM_MS + window * INTERVAL_MS + offsetMs) / 1_000
    const requests = 100 + Math.floor(random.uniform() * 100)
    for (let request = 0; request < requests; request += 1) {
      const isFailed = random.uniform() < 0.01
      totals[isFailed ? 1 : 0]! += 1
      const bucket = Math.floor(random.uniform() ** 2 * BOUNDS.length)
      for (let k = bucket; k < BOUNDS.length; k += 1) totals[2 + k]! += 1
      if (!isFailed) totals[2 + BOUNDS.length + Math.floor(random.uniform() * CLASSES)]! += 1
    }
    start.values.push([seconds, '1767139200.25'])
    counters.forEach((counter, k) => counter.values.push([seconds, String(totals[k])]))
  }
  return [start, ...counters]
}

function matrixAnswer(): Buffer {
  const random = new Random('bench/evidence')
  const pods = [
    ...Array.from({ length: STABLE_PODS }, (_, k) => podSeries(`iris-aaa-${k}`, 'aaa', random)),
    ...Array.from({ length: CANARY_PODS }, (_, k) => podSeries(`iris-bbb-${k}`, 'bbb', random)),
  ]
  return Buffer.from(JSON.stringify({ status: 'success', data: { resultType: 'matrix', result: pods.flat() } }))
}

/** The canary's weight over the 40 minutes: 10, 30, 50 and 100 %. */
function weightAt(atMs: number): number {
  const minutes = (atMs - FROM_MS) / 60_000
  return minutes < 10 ? 10 : minutes < 20 ? 30 : minutes < 30 ? 50 : 100
}

const answer = matrixAnswer()
const server = createServer((_, response) => {
  response.setHeader('content-type', 'application/json')
  response.end(answer)
}).listen(0, '127.0.0.1')
await once(server, 'listening')
const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
const connection = await connectPrometheus({ address, timeout: 30_000, headers: {} }, () => Promise.resolve(''))
const policy = parseInput(
  policySchema,
  {
    signals: {
      errorRate: { max: 0.05 },
      latency: { max: '5s' },
      predictionDrift: { max: 0.2 },
    },
  },
  'policy',
)

/** All windows from one answer, the way a new process gets them; the server stands in for Prometheus. */
async function rebuild(): Promise<Collected> {
  const source = prometheusSource({
    client: prometheusClient(connection),
    profile: findProfile('modelgate', undefined, errorCodes(['5xx'])),
    labels: { hash: 'rollouts_pod_template_hash', pod: 'pod', namespace: 'namespace' },
    stableHash: 'aaa',
    canaryHash: 'bbb',
    fromMs: FROM_MS,
    historyMs: 0,
    weightAt,
    scrapeIntervalMs: INTERVAL_MS,
    maxRangeMs: 3_600_000,
  })
  return source.collect(FROM_MS + (WINDOWS + 2) * INTERVAL_MS, new AbortController().signal)
}

function judgeAll({ windows }: Collected): string {
  const plan = decision.planGate(policy)
  let state = decision.openGate(plan)
  let verdict = ''
  for (const window of windows) {
    const after = decision.look(plan, state, window)
    state = after.state
    verdict = after.verdict.verdict
  }
  return verdict
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}

async function measure<T>(timesMs: number[], part: () => Promise<T> | T): Promise<T> {
  const startMs = performance.now()
  const result = await part()
  timesMs.push(performance.now() - startMs)
  return result
}

const times = { parse: [] as number[], transfer: [] as number[], windows: [] as number[], verdicts: [] as number[] }
let collected: Collected = { windows: [], notes: [] }
let verdict = ''
for (let run = 0; run < RUNS; run += 1) {
  await measure(times.transfer, async () => (await fetch(address)).arrayBuffer())
  await measure(times.parse, () => JSON.parse(answer.toString('utf8')) as unknown)
  collected = await measure(times.windows, rebuild)
  verdict = await measure(times.verdicts, () => judgeAll(collected))
}
server.closeAllConnections()
server.close()
connection.close()

const both = times.windows.map((windowsMs, run) => windowsMs + times.verdicts[run]!)
const line = (name: string, timesMs: readonly number[]) =>
  `  ${name.padEnd(48)} ${median(timesMs).toFixed(1).padStart(8)} ms ${Math.min(...timesMs)
    .toFixed(1)
    .padStart(8)} ms\n`
process.stdout.write(
  `a 40-minute rollout rebuilt from Prometheus: ${STABLE_PODS + CANARY_PODS} pods, ${(answer.length / 1e6).toFixed(1)} MB, ` +
    `${collected.windows.length} windows, ${RUNS} runs, last verdict "${verdict}"\n` +
    `  ${' '.repeat(48)} ${'median'.padStart(8)}    ${'best'.padStart(8)}\n` +
    line('the answer alone over loopback, unread', times.transfer) +
    line('JSON.parse of the answer alone, for scale', times.parse) +
    line('answer over loopback to windows', times.windows) +
    line('windows to verdicts', times.verdicts) +
    line('both', both) +
    line('the first run, code still cold', both.slice(0, 1)),
)
