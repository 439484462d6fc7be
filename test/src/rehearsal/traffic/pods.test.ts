import { rejects } from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  describeArmEnd,
  scrapeTargets,
  startArm,
  type Arm,
  type ArmOptions,
} from '../../../../src/rehearsal/traffic/pods.ts'
import { seededRandom } from '../../../../src/rehearsal/traffic/random.ts'
import { describeEnd, type ProcessEnd } from '../../../../src/rehearsal/traffic/serving-process.ts'
import { warmUp } from '../../../../src/rehearsal/traffic/warm-up.ts'
import { openHttpPod } from '../../../support/http-pod.ts'

const IRIS = fileURLToPath(new URL('../../../../runtime/examples/iris/', import.meta.url))

function armOptions(changes: Partial<ArmOptions> = {}): ArmOptions {
  return {
    side: 'canary',
    rollout: 'iris',
    podTemplateHash: 'bcdfghjklm',
    modelPath: `${IRIS}stable.onnx`,
    pods: 2,
    args: ['--warm-up', '0s'],
    startTimeoutMs: 60_000,
    random: seededRandom(1),
    signal: new AbortController().signal,
    ...changes,
  }
}

const start = suite('startArm()')

start('starts processes that serve, and stops them', async () => {
  const arm = await startArm(armOptions())
  try {
    assert.is(arm.processes.length, 2)
    for (const { origin, pod, end } of arm.processes) {
      assert.match(pod, /^iris-bcdfghjklm-[bcdfghjklmnpqrstvwxz2456789]{5}$/)
      assert.is(end, null)
      const answer = await fetch(`${origin}/predict`, { method: 'POST', body: '{"inputs":[5.1,3.5,1.4,0.2]}' })
      assert.equal(await answer.json(), { prediction: [0] })
    }
    assert.is(new Set(scrapeTargets(arm).map(({ pod }) => pod)).size, 2)
    assert.is(describeArmEnd(arm), undefined)
  } finally {
    await Promise.all(arm.processes.map((process) => process.stop()))
  }
  assert.ok(arm.processes.every(({ end }) => end !== null))
})

start('says why a process cannot start, with its last words', async () => {
  await rejects(startArm(armOptions({ pods: 1, modelPath: `${IRIS}nothing.onnx` })), {
    name: 'StartError',
    message: /^ended with code 2 before it was ready \(.*nothing\.onnx.*ENOENT/,
  })
})

start('gives up on a process that is not ready in time', async () => {
  await rejects(startArm(armOptions({ startTimeoutMs: 1 })), {
    name: 'StartError',
    message: 'was not ready within 1 ms',
  })
})

start('kills a process that does not answer any more', async () => {
  const arm = await startArm(armOptions({ pods: 1, hungAfterMs: 300 }))
  const [pod] = arm.processes
  try {
    process.kill(pod!.pid, 'SIGSTOP')
    for (let i = 0; i < 500 && pod!.end === null; i += 1) await sleep(10)
    assert.is(describeArmEnd(arm), 'candidate process did not answer for 300 ms and was killed')
  } finally {
    await pod!.stop()
  }
})

start('blames no process for a time at which nobody asked', async () => {
  const arm = await startArm(armOptions({ pods: 1, hungAfterMs: 1_000 }))
  try {
    // As if this process had been suspended between two questions.
    await sleep(500)
    const endMs = performance.now() + 2_500
    while (performance.now() < endMs);
    await sleep(700)
    assert.is(describeArmEnd(arm), undefined)
  } finally {
    await Promise.all(arm.processes.map((process) => process.stop()))
  }
})

start('stops what it has started when it is interrupted', async () => {
  const interruption = new AbortController()
  const starting = startArm(armOptions({ signal: interruption.signal }))
  setTimeout(() => {
    interruption.abort('SIGINT')
  }, 50)
  await rejects(starting, (reason) => reason === 'SIGINT')
})

start.run()

const ended = suite('describeArmEnd()')

function armWith(...ends: readonly (ProcessEnd | null)[]): Arm {
  const processes = ends.map((end, index) => ({
    pod: `pod-${index}`,
    pid: 0,
    origin: 'http://127.0.0.1:1',
    end,
    stop: () => Promise.resolve(),
  }))
  return { side: 'canary', podTemplateHash: 'bcdfghjklm', processes }
}

ended('is undefined while a process runs', () => {
  assert.is(describeArmEnd(armWith({ code: 1, signal: null }, null)), undefined)
})

ended('says how the only process or the first of several ended', () => {
  assert.is(describeArmEnd(armWith({ code: 134, signal: null })), 'candidate process ended with code 134')
  assert.is(
    describeArmEnd(armWith({ code: null, signal: 'SIGKILL' }, { code: 0, signal: null })),
    'all 2 candidate processes ended, the first was ended by SIGKILL',
  )
})

ended.run()

const end = suite('describeEnd()')

end('has words for every end', () => {
  assert.is(describeEnd(null), 'is running')
  assert.is(describeEnd({ code: null, signal: null }), 'could not be started')
  assert.is(describeEnd({ code: 3, signal: null }), 'ended with code 3')
})

end.run()

const warm = suite('warmUp()')

warm('sends every pod its share and leaves', async () => {
  const [stable, first, second] = await Promise.all([openHttpPod(), openHttpPod(), openHttpPod()])
  try {
    await warmUp({
      pods: { stable: [stable.origin], canary: [first.origin, second.origin] },
      bodies: ['{}'],
      requestsPerPod: 50,
      limitMs: 60_000,
      random: seededRandom(1),
      now: Date.now,
      signal: new AbortController().signal,
    })
    assert.equal(
      [stable, first, second].map(({ bodies }) => bodies.length),
      [50, 50, 50],
    )
  } finally {
    await Promise.all([stable, first, second].map((pod) => pod.close()))
  }
})

warm('ends at its limit when nobody answers, and at once when it is interrupted', async () => {
  const silent = await openHttpPod((response) => response.writableEnded)
  const options = {
    pods: { stable: [silent.origin], canary: [silent.origin] },
    bodies: ['{}'],
    requestsPerPod: 50,
    random: seededRandom(1),
    now: Date.now,
  }
  try {
    await warmUp({ ...options, limitMs: 100, signal: new AbortController().signal })
    const interruption = new AbortController()
    const warming = warmUp({ ...options, limitMs: 1e9, signal: interruption.signal })
    setTimeout(() => {
      interruption.abort('SIGINT')
    }, 50)
    await rejects(warming, (reason) => reason === 'SIGINT')
  } finally {
    await silent.close()
  }
})

warm.run()
