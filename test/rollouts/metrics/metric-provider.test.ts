import { rejects } from 'node:assert/strict'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createMetricProvider } from '#metrics'
import type { Measurement, MetricPlugin, ReceivedMeasurement } from '#plugin'
import {
  analysisRun,
  CALL,
  CANARY,
  CounterWorld,
  metric,
  OneRollout,
  POLICY,
  SCRAPE_MS,
  STABLE,
  START_MS,
  type Traffic,
} from './world.ts'

interface Story {
  readonly world: CounterWorld
  readonly cluster: OneRollout
  readonly clock: { nowMs: number }
  /** A provider as a fresh process has it. */
  open(): MetricPlugin
}

function tell(canary: Traffic): Story {
  const world = new CounterWorld(canary)
  const cluster = new OneRollout()
  const clock = { nowMs: START_MS + SCRAPE_MS + 2_000 }
  return {
    world,
    cluster,
    clock,
    open: () => createMetricProvider({ now: () => clock.nowMs, cluster, connect: () => Promise.resolve(world) }),
  }
}

const GOOD: Traffic = { requests: 100, errorRate: 0.001 }
const FAILING: Traffic = { requests: 100, errorRate: 0.2 }

function received(measurement: Measurement): ReceivedMeasurement {
  return {
    ...measurement,
    message: measurement.message ?? '',
    value: measurement.value ?? '',
    metadata: measurement.metadata ?? {},
  }
}

/** Does what the controller does: resumes at `resumeAt` until the measurement is finished. */
async function follow(
  plugin: MetricPlugin,
  { clock }: Story,
  looks: number,
  policy: object = POLICY,
): Promise<Measurement> {
  let measurement = await plugin.run(analysisRun('gate-1', 1), metric(policy), CALL)
  for (let look = 0; look < looks && measurement.phase === 'Running'; look++) {
    assert.ok(measurement.resumeAt !== undefined && measurement.resumeAt.getTime() > clock.nowMs)
    clock.nowMs = measurement.resumeAt.getTime() + 300
    measurement = await plugin.resume(analysisRun('gate-1', 1), metric(policy), received(measurement), CALL)
  }
  return measurement
}

const gate = suite('createMetricProvider() as gate')

gate('runs until a good step has shown enough, then succeeds', async () => {
  const story = tell(GOOD)
  const end = await follow(story.open(), story, 29)
  assert.is(end.phase, 'Successful')
  assert.ok(end.finishedAt !== undefined && end.startedAt?.getTime() === START_MS + SCRAPE_MS + 2_000)
  assert.match(end.message ?? '', /^proved after /)
  const value = JSON.parse(end.value ?? '') as { verdict: string; weight: number }
  assert.equal([value.verdict, value.weight], ['pass', 10])
  assert.ok(Object.keys(end.metadata ?? {}).includes('errorRate'))
})

gate('fails a canary that fails, with the reason in one sentence', async () => {
  const story = tell(FAILING)
  const end = await follow(story.open(), story, 29)
  assert.is(end.phase, 'Failed')
  assert.match(end.message ?? '', /^canary fails 20 percent of requests \(\d+ of \d+\), .*evidence \d+\.\d of 4\.6/)
})

gate('is undecided at the deadline where the canary has no traffic', async () => {
  const story = tell({ requests: 0, errorRate: 0 })
  const end = await follow(story.open(), story, 60)
  assert.is(end.phase, 'Inconclusive')
  assert.ok(story.clock.nowMs - START_MS >= 300_000)
})

gate('gives a resumed step its whole deadline again', async () => {
  const story = tell({ requests: 0, errorRate: 0 })
  await follow(story.open(), story, 60)
  const again = analysisRun('gate-1.1', 1, story.clock.nowMs)
  story.cluster.listed = [
    { name: 'gate-1', revision: '2', type: 'step', stepIndex: 1, createdMs: START_MS, phase: 'Inconclusive' },
  ]
  assert.is((await story.open().run(again, metric(), CALL)).phase, 'Running')
})

gate('does not pass a step on what the step before it has shown', async () => {
  const story = tell(GOOD)
  const plugin = story.open()
  assert.is((await follow(plugin, story, 29)).phase, 'Successful')
  story.cluster.listed = [
    { name: 'gate-1', revision: '2', type: 'step', stepIndex: 1, createdMs: START_MS, phase: 'Successful' },
  ]
  const next = await plugin.run(analysisRun('gate-3', 3, story.clock.nowMs), metric(), CALL)
  assert.is(next.phase, 'Running')
  assert.match(next.message ?? '', 'no data in this step: error rate')
  assert.is((JSON.parse(next.value ?? '') as { weight: number }).weight, 30)
})

gate('is undecided at the deadline where the canary was never scraped', async () => {
  const story = tell(GOOD)
  story.world.canarySeenMs = Infinity
  const end = await follow(story.open(), story, 60)
  assert.is(end.phase, 'Inconclusive')
  assert.match(end.message ?? '', /the deadline of 5 min passed undecided: .*no data in this step: error rate/)
})

gate('counts the soak from the first request of a canary that waited for it', async () => {
  const story = tell({ requests: 10_000, errorRate: 0.001 })
  story.cluster.facts = { ...story.cluster.facts, setWeights: [null, null, 10, null] }
  const setMs = START_MS + 300_000
  story.world.canaryServesMs = setMs
  story.cluster.listed = [
    { name: 'guard-1', revision: '2', type: 'background', stepIndex: null, createdMs: START_MS, phase: 'Running' },
  ]
  const policy = { ...POLICY, step: { soak: '2m', deadline: '5m' } }
  const plugin = story.open()
  const looks: string[] = []
  for (const seconds of [60, 140]) {
    story.clock.nowMs = setMs + seconds * 1_000
    looks.push((await plugin.run(analysisRun('gate-1', 3, setMs), metric(policy), CALL)).message ?? '')
  }
  assert.match(looks[0]!, /^nothing is open; the soak has \d+ s left$/)
  assert.match(looks[1]!, /^proved after /)
})

const PAIRED_POLICY = { ...POLICY, signals: { ...POLICY.signals, shadow: { maxDisagreement: 0.05 } } }

for (const [errorRate, phase, message] of [
  [0.001, 'Successful', /^proved on [\d,]+ pairs before the canary had traffic: /],
  [0.5, 'Failed', /^the models disagree on 50 percent of the same inputs .*; decided before the canary had traffic$/],
] as const) {
  gate(`at weight 0 is ${phase} by pairs of which ${100 * errorRate} % disagree`, async () => {
    const story = tell({ requests: 0, errorRate: 0 })
    story.cluster.facts = { ...story.cluster.facts, setWeights: [null, null, 10, null] }
    story.world.pairs = { requests: 100, errorRate }
    const end = await follow(story.open(), story, 29, PAIRED_POLICY)
    assert.is(end.phase, phase)
    assert.match(end.message ?? '', message)
    assert.is((JSON.parse(end.value ?? '') as { weight: number }).weight, 0)
  })
}

gate('at weight 0 cannot be without a signal that needs no traffic', async () => {
  const story = tell({ requests: 0, errorRate: 0 })
  story.cluster.facts = { ...story.cluster.facts, setWeights: [null, null, 10, null] }
  await rejects(
    async () => story.open().run(analysisRun('gate-1', 1), metric(), CALL),
    /signals\.shadow: expected this signal, because no other can be judged before the first setWeight, received nothing/,
  )
})

gate('judges by the first weight once the gate before it is over, though no step follows', async () => {
  const story = tell({ requests: 100, errorRate: 0.5 })
  story.cluster.facts = { ...story.cluster.facts, setWeights: [null, null, 10, null] }
  story.world.canaryServesMs = START_MS + 60_000
  story.cluster.listed = [
    { name: 'gate-1', revision: '2', type: 'step', stepIndex: 1, createdMs: START_MS, phase: 'Successful' },
  ]
  story.clock.nowMs = START_MS + 180_000
  const guard = await story.open().run(analysisRun('guard-1', null, START_MS), metric(), CALL)
  assert.is(guard.phase, 'Failed')
})

gate('does not count what pods of the canary did before the rollout began', async () => {
  const story = tell({ requests: 0, errorRate: 0 })
  story.cluster.facts = { ...story.cluster.facts, setWeights: [null, null, 10, null] }
  story.world.canarySeenMs = -Infinity
  story.world.pairs = { requests: 100, errorRate: 0.001 }
  story.world.pairsEndMs = START_MS - 60_000
  const end = await follow(story.open(), story, 60, PAIRED_POLICY)
  assert.is(end.phase, 'Inconclusive')
  assert.match(end.message ?? '', /no data in this step: shadow disagreement$/)
})

gate('counts the deadline from when the step is waited for, whatever follows it', async () => {
  const story = tell({ requests: 1, errorRate: 0 })
  const createdMs = START_MS + 3_600_000
  story.cluster.listed = [
    { name: 'guard-1', revision: '2', type: 'background', stepIndex: null, createdMs: START_MS, phase: 'Running' },
  ]
  for (const onDeadline of ['pass', 'fail']) {
    const policy = { ...POLICY, step: { soak: '30s', deadline: '5m', onDeadline, minRequests: 1_000 } }
    const plugin = story.open()
    const phases: string[] = []
    for (const seconds of [3, 290, 310]) {
      story.clock.nowMs = createdMs + 1_000 * seconds
      phases.push((await plugin.run(analysisRun('gate-1', 1, createdMs), metric(policy), CALL)).phase)
    }
    assert.equal(phases, ['Running', 'Running', onDeadline === 'pass' ? 'Successful' : 'Failed'])
  }
})

gate('lets a guard be without a signal that needs no traffic', async () => {
  const story = tell({ requests: 0, errorRate: 0 })
  story.cluster.facts = { ...story.cluster.facts, setWeights: [null, null, 10, null] }
  story.cluster.listed = [
    { name: 'gate-1', revision: '2', type: 'step', stepIndex: 1, createdMs: START_MS + 1_000, phase: 'Running' },
  ]
  const guard = await story.open().run(analysisRun('guard-1', null, START_MS), metric(), CALL)
  assert.match(guard.message ?? '', /^the canary has no traffic yet/)
})

gate('says how often pods of the canary restarted, whatever the verdict', async () => {
  const story = tell(GOOD)
  const at = (seconds: readonly number[]) => seconds.map((afterStart) => START_MS + afterStart * 1_000)
  story.world.canarySeenMs = -Infinity
  story.world.restartsMs.set(CANARY, at([-300, 15, 35, 45])).set(STABLE, at([25]))
  const end = await follow(story.open(), story, 29)
  assert.is(end.phase, 'Successful')
  assert.match(end.message ?? '', /^proved after .*; pods of the canary restarted 3 times$/)
})

gate('gives the same verdict after a restart in the middle', async () => {
  const story = tell({ requests: 100, errorRate: 0.03 })
  const first = story.open()
  let one = await first.run(analysisRun('gate-1', 1), metric(), CALL)
  for (let look = 0; look < 6; look++) {
    story.clock.nowMs += SCRAPE_MS
    one = await first.resume(analysisRun('gate-1', 1), metric(), received(one), CALL)
  }
  const other = await story.open().resume(analysisRun('gate-1', 1), metric(), received(one), CALL)
  assert.equal(
    [other.phase, other.message, other.value, other.metadata],
    [one.phase, one.message, one.value, one.metadata],
  )
})

gate.run()

const shared = suite('createMetricProvider() with gate and guard')

shared('spends one budget: both see the same evidence', async () => {
  const story = tell({ requests: 100, errorRate: 0.006 })
  const plugin = story.open()
  const guardRun = analysisRun('guard', null)
  story.clock.nowMs += 5 * SCRAPE_MS
  const guard = await plugin.run(guardRun, metric({ ...POLICY, mode: 'guard' }), CALL)
  const gated = await plugin.run(analysisRun('gate-1', 1), metric(), CALL)
  const logE = ({ value }: Measurement) => (JSON.parse(value ?? '') as { logE: number }).logE
  assert.is(guard.phase, 'Running')
  assert.is(logE(guard), logE(gated))
  assert.ok(logE(guard) !== 0)
})

shared('lets a guard with an interval succeed each time, and fail when harm is proven', async () => {
  const story = tell(GOOD)
  const guard = (plugin: MetricPlugin) =>
    plugin.run(analysisRun('guard', null), metric(POLICY, { interval: '10s' }), CALL)
  assert.is((await guard(story.open())).phase, 'Successful')
  const bad = tell(FAILING)
  bad.clock.nowMs += 10 * SCRAPE_MS
  assert.is((await guard(bad.open())).phase, 'Failed')
})

shared.run()

const faults = suite('createMetricProvider() with faults')

faults('waits for a Prometheus that is away, and leaves it to a person when its patience ends', async () => {
  const story = tell(GOOD)
  const plugin = story.open()
  await plugin.run(analysisRun('gate-1', 1), metric(), CALL)
  const { PrometheusFault } = await import('#evidence')
  story.world.fault = () => Promise.reject(new PrometheusFault('unavailable', 'Cannot reach Prometheus: refused'))
  const phases: string[] = []
  for (let look = 0; look < 16; look++) {
    story.clock.nowMs += SCRAPE_MS
    const { phase, message } = await plugin.run(analysisRun('gate-1', 1), metric(), CALL)
    phases.push(phase)
    assert.match(message ?? '', /no evidence from Prometheus for/)
  }
  assert.equal([phases[0], phases[10], phases.at(-1)], ['Running', 'Running', 'Inconclusive'])
  assert.not.ok(phases.includes('Failed') || phases.includes('Error'))
})

faults('goes on after an outage as if there had been none', async () => {
  const calm = tell(GOOD)
  const story = tell(GOOD)
  const plugin = story.open()
  await plugin.run(analysisRun('gate-1', 1), metric(), CALL)
  const { PrometheusFault } = await import('#evidence')
  story.world.fault = () => Promise.reject(new PrometheusFault('unavailable', 'Cannot reach Prometheus: refused'))
  story.clock.nowMs += 3 * SCRAPE_MS
  await plugin.run(analysisRun('gate-1', 1), metric(), CALL)
  story.world.fault = undefined
  story.clock.nowMs += 6 * SCRAPE_MS
  calm.clock.nowMs = story.clock.nowMs
  const after = await plugin.run(analysisRun('gate-1', 1), metric(), CALL)
  assert.is(after.value, (await calm.open().run(analysisRun('gate-1', 1), metric(), CALL)).value)
})

faults('waits for the Kubernetes API', async () => {
  const story = tell(GOOD)
  story.cluster.fault = new Error('connect ECONNREFUSED')
  const { phase, message, resumeAt } = await story.open().run(analysisRun('gate-1', 1), metric(), CALL)
  assert.is(phase, 'Running')
  assert.match(message ?? '', 'waiting for the Kubernetes API: connect ECONNREFUSED')
  assert.ok(resumeAt !== undefined)
})

faults('lists every fault of a policy with its path', async () => {
  const policy = { ...POLICY, falseAbort: 2, signals: { errorRate: { max: 99 } }, extra: 1 }
  await rejects(async () => tell(GOOD).open().run(analysisRun('gate-1', 1), metric(policy), CALL), {
    name: 'InputError',
    message: /3 faults\n.*falseAbort.*received 2\n.*signals\.errorRate\.max.*received 99\n.*unknown key "extra"/,
  })
})

faults('refuses conditions, which Argo would not evaluate', async () => {
  const conditional = metric(POLICY, { successCondition: 'result == "pass"' })
  await rejects(
    async () => tell(GOOD).open().run(analysisRun('gate-1', 1), conditional, CALL),
    /successCondition: expected none/,
  )
})

faults('refuses a stable hash that is the canary', async () => {
  const policy = metric({ ...POLICY, stable: CANARY })
  await rejects(
    async () => tell(GOOD).open().run(analysisRun('gate-1', 1), policy, CALL),
    /another hash than the canary/,
  )
})

faults('refuses a policy without a Prometheus', async () => {
  const policy = metric({ ...POLICY, prometheus: undefined })
  await rejects(async () => tell(GOOD).open().run(analysisRun('gate-1', 1), policy, CALL), /prometheus\.address/)
})

faults.run()

const rest = suite('createMetricProvider() otherwise')

rest('shows metrics and policy, never a header that may hold a secret', async () => {
  const policy = {
    ...POLICY,
    prometheus: { address: 'http://prometheus.test:9090', headers: { 'x-token': 'hunter2' } },
  }
  const metadata = await tell(GOOD).open().getMetadata?.(metric(policy), CALL)
  assert.match(metadata?.metrics ?? '', 'inference_requests_total')
  assert.not.match(JSON.stringify(metadata), 'hunter2')
})

rest('keeps what was found when a run is terminated', async () => {
  const story = tell(GOOD)
  const plugin = story.open()
  const running = received(await plugin.run(analysisRun('gate-1', 1), metric(), CALL))
  const ended = await plugin.terminate(analysisRun('gate-1', 1), metric(), running, CALL)
  assert.is(ended.phase, 'Successful')
  assert.match(ended.message ?? '', /^ended before a decision: /)
  assert.equal(ended.metadata, running.metadata)
})

rest('writes no percent sign, which the controller would take for a format', async () => {
  const story = tell(FAILING)
  assert.not.match((await follow(story.open(), story, 29)).message ?? '%', '%')
})

rest('keeps messages, values and metadata small', async () => {
  const story = tell(FAILING)
  const { message = '', value = '', metadata = {} } = await follow(story.open(), story, 29)
  assert.ok(message.length <= 1_024 && value.length <= 1_024)
  assert.ok(Object.values(metadata).every((text) => text.length <= 512))
})

rest.run()
