import { rejects } from 'node:assert/strict'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createStepGate } from '#metrics'
import type { CanaryStep, Rollout, StepContext, StepPluginStatus, StepResult } from '#plugin'
import { CALL, CANARY, CounterWorld, POLICY, SCRAPE_MS, STABLE, START_MS, type Traffic } from './world.ts'

const GATE: CanaryStep = { kind: 'plugin', name: 'modelgate/gate', config: POLICY }
const STEPS: readonly CanaryStep[] = [{ kind: 'setWeight', weight: 10 }, GATE, { kind: 'setWeight', weight: 30 }, GATE]

function rollout(
  currentStepIndex = 1,
  stepPluginStatuses: readonly StepPluginStatus[] = [],
  deadlineS = 1_200,
  canary: { readonly steps?: readonly CanaryStep[]; readonly maxTrafficWeight?: number } = {},
): Rollout {
  return {
    metadata: {
      name: 'iris',
      namespace: 'ml',
      uid: '',
      resourceVersion: '',
      generation: 1,
      labels: {},
      annotations: { 'rollout.argoproj.io/revision': '2' },
      creationTimestamp: undefined,
      ownerReferences: [],
    },
    spec: {
      replicas: 2,
      paused: false,
      minReadySeconds: 0,
      progressDeadlineSeconds: deadlineS,
      progressDeadlineAbort: false,
      restartAt: undefined,
      templateLabels: {},
      canary: { canaryService: '', stableService: '', steps: STEPS, maxTrafficWeight: undefined, ...canary },
    },
    status: {
      phase: 'Progressing',
      message: '',
      abort: false,
      promoteFull: false,
      controllerPause: false,
      pauseConditions: [],
      currentPodHash: CANARY,
      stablePodHash: STABLE,
      currentStepHash: '',
      currentStepIndex,
      observedGeneration: '1',
      replicas: 2,
      updatedReplicas: 1,
      readyReplicas: 2,
      availableReplicas: 2,
      stepPluginStatuses,
      weights: undefined,
    },
    raw: {},
  }
}

function tell(canary: Traffic) {
  const world = new CounterWorld(canary)
  const clock = { nowMs: START_MS + SCRAPE_MS + 2_300 }
  const open = () => createStepGate({ now: () => clock.nowMs, connect: () => Promise.resolve(world) })
  return { world, clock, open }
}

const context = (status?: unknown, config: unknown = POLICY): StepContext => ({
  pluginName: 'modelgate/gate',
  config,
  status,
})

/** Does what the controller does: calls again after the asked time, with the status as it was stored. */
async function follow({ clock, open }: ReturnType<typeof tell>, calls: number): Promise<StepResult> {
  const gate = open()
  let result = await gate.run(rollout(), context(), CALL)
  for (let call = 0; call < calls && result.phase === 'Running'; call++) {
    clock.nowMs += (result.requeueAfterMs ?? 0) + 5_000
    result = await gate.run(rollout(), context(JSON.parse(JSON.stringify(result.status))), CALL)
  }
  return result
}

const test = suite('createStepGate()')

test('holds a step until it has shown enough', async () => {
  const story = tell({ requests: 100, errorRate: 0.001 })
  const first = await story.open().run(rollout(), context(), CALL)
  assert.is(first.phase, 'Running')
  assert.ok((first.requeueAfterMs ?? 0) > 10_000, 'the controller takes 30 s for anything shorter')
  const end = await follow(story, 20)
  assert.is(end.phase, 'Successful')
  assert.match(end.message ?? '', /^proved after /)
})

test('fails with the reason', async () => {
  const end = await follow(tell({ requests: 100, errorRate: 0.2 }), 20)
  assert.is(end.phase, 'Failed')
  assert.match(end.message ?? '', /^canary fails 20 percent of requests/)
})

test('stays where it is when undecided, and says who can decide', async () => {
  const end = await follow(tell({ requests: 0, errorRate: 0 }), 40)
  assert.is(end.phase, 'Running')
  assert.match(end.message ?? '', /^undecided, a person may promote or abort: /)
})

test('gives the same answer after a restart', async () => {
  const story = tell({ requests: 100, errorRate: 0.006 })
  const gate = story.open()
  const first = await gate.run(rollout(), context(), CALL)
  story.clock.nowMs += 6 * SCRAPE_MS
  const [kept, fresh] = [
    await gate.run(rollout(), context(first.status), CALL),
    await story.open().run(rollout(), context(first.status), CALL),
  ]
  assert.equal(fresh, kept)
})

test('goes on with the evidence of the steps before', async () => {
  const story = tell({ requests: 100, errorRate: 0.001 })
  const { status } = await follow(story, 20)
  const before = { index: 1, name: 'modelgate/gate', phase: 'Successful', status }
  const { status: next } = await story.open().run(rollout(3, [before]), context(), CALL)
  const { fromMs, weights } = next as { fromMs: number; weights: { weight: number }[] }
  assert.is(fromMs, (status as { fromMs: number }).fromMs)
  assert.equal(
    weights.map(({ weight }) => weight),
    [10, 30],
  )
})

test('reads the weight against maxTrafficWeight', async () => {
  const { status } = await tell({ requests: 1, errorRate: 0 })
    .open()
    .run(rollout(1, [], 1_200, { maxTrafficWeight: 1_000 }), context(), CALL)
  assert.equal(
    (status as { weights: { weight: number }[] }).weights.map(({ weight }) => weight),
    [1],
  )
})

test('passes before the first weight on what the pairs have shown', async () => {
  const story = tell({ requests: 0, errorRate: 0 })
  story.world.pairs = { requests: 100, errorRate: 0.001 }
  const policy = { ...POLICY, signals: { shadow: { maxDisagreement: 0.05 } } }
  const scaled: CanaryStep = { kind: 'setCanaryScale', raw: {} }
  const waiting = rollout(1, [], 1_200, { steps: [scaled, GATE, { kind: 'setWeight', weight: 10 }] })
  const gate = story.open()
  let result = await gate.run(waiting, context(undefined, policy), CALL)
  for (let call = 0; call < 20 && result.phase === 'Running'; call++) {
    story.clock.nowMs += (result.requeueAfterMs ?? 0) + 5_000
    result = await gate.run(waiting, context(result.status, policy), CALL)
  }
  assert.is(result.phase, 'Successful')
  assert.match(result.message ?? '', /^proved on [\d,]+ pairs before the canary had traffic: /)
})

test('refuses a deadline that the progress deadline would cut off', async () => {
  const { phase, message } = await tell({ requests: 1, errorRate: 0 })
    .open()
    .run(rollout(1, [], 300), context(), CALL)
  assert.is(phase, 'Failed')
  assert.match(message ?? '', /step\.deadline: expected the Rollout's progressDeadlineSeconds, 300, to be at least 360/)
})

for (const [what, config, expected] of [
  ['a policy with faults', { ...POLICY, falseAbort: 2 }, /falseAbort: .*received 2/],
  ['a guard', { ...POLICY, mode: 'guard' }, /mode: expected gate/],
  ['no policy at all', undefined, /signals/],
] as const) {
  test(`refuses ${what}, by failing with the reason`, async () => {
    const { phase, message } = await tell({ requests: 1, errorRate: 0 })
      .open()
      .run(rollout(), { ...context(), config }, CALL)
    assert.is(phase, 'Failed')
    assert.match(message ?? '', expected)
  })
}

test('lets other faults be tried again', async () => {
  const story = tell({ requests: 1, errorRate: 0 })
  story.world.fault = () => Promise.reject(new TypeError('a fault of the program'))
  await rejects(async () => story.open().run(rollout(), context(), CALL), /a fault of the program/)
})

test('has nothing to undo', async () => {
  const gate = tell({ requests: 1, errorRate: 0 }).open()
  assert.is((await gate.abort(rollout(), context('kept'), CALL)).phase, 'Successful')
  assert.is((await gate.terminate(rollout(), context('kept'), CALL)).status, 'kept')
})

test.run()
