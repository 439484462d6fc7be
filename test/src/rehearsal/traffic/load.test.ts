import { setTimeout as sleep } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { startLoad } from '../../../../src/rehearsal/traffic/load.ts'
import { seededRandom } from '../../../../src/rehearsal/traffic/random.ts'
import type { ArmSide } from '../../../../src/rehearsal/traffic/router-counts.ts'
import { openRouter } from '../../../../src/rehearsal/traffic/router.ts'
import { openHttpPod } from '../../../support/http-pod.ts'

/** A clock that advances by 2 ms with every look at it, so that any number of requests is due in no time. */
function fastClock(): () => number {
  let nowMs = 0
  return () => (nowMs += 2)
}

interface Sent {
  readonly arm: ArmSide
  readonly body: string
}

/** Runs a load until it has sent at least so many requests, and returns them. */
async function sendMany(least: number, options: { weight: number; seed: number }): Promise<Sent[]> {
  const sent: Sent[] = []
  const load = startLoad({
    router: { send: (arm, body) => sent.push({ arm, body }), expire: () => undefined },
    bodies: ['a', 'b', 'c', 'd'],
    requestsPerSecond: 20_000,
    random: seededRandom(options.seed),
    now: fastClock(),
  })
  load.setWeight(options.weight)
  while (sent.length < least) await sleep(5)
  load.stop()
  return sent
}

/** Whether a share of successes lies within five standard deviations of what is expected: one failure in a million. */
function isNear(successes: number, trials: number, probability: number): boolean {
  return Math.abs(successes - trials * probability) <= 5 * Math.sqrt(trials * probability * (1 - probability)) + 1
}

const test = suite('startLoad()')

for (const [weight, seed] of [
  [0, 1],
  [10, 2],
  [50, 3],
  [100, 4],
] as const) {
  test(`gives the candidate ${weight} % of the requests, drawn one by one, with seed ${seed}`, async () => {
    const sent = await sendMany(1_000, { weight, seed })
    const canary = sent.filter(({ arm }) => arm === 'canary').length
    assert.ok(isNear(canary, sent.length, weight / 100), `${canary} of ${sent.length}`)
    for (const body of ['a', 'b', 'c', 'd']) {
      const count = sent.filter((request) => request.body === body).length
      assert.ok(isNear(count, sent.length, 1 / 4), `${count} of ${sent.length} are ${body}`)
    }
  })
}

test('sends the same requests in the same order with the same seed', async () => {
  const [first, second, other] = await Promise.all([5, 5, 6].map((seed) => sendMany(300, { weight: 30, seed })))
  assert.ok(first !== undefined && second !== undefined && other !== undefined)
  const length = Math.min(first.length, second.length, other.length)
  assert.equal(first.slice(0, length), second.slice(0, length))
  assert.not.equal(first.slice(0, length), other.slice(0, length))
})

test('sends at the rate asked for, with the scatter of a Poisson process', async () => {
  let nowMs = 0
  let sent = 0
  const counts: number[] = []
  const load = startLoad({
    router: { send: () => (sent += 1), expire: () => undefined },
    bodies: ['a'],
    requestsPerSecond: 1_000,
    random: seededRandom(9),
    now: () => {
      counts.push(sent)
      sent = 0
      return (nowMs += 10)
    },
  })
  while (counts.length < 200) await sleep(5)
  load.stop()
  const perTick = counts.slice(2)
  const ticks = perTick.length
  const mean = perTick.reduce((sum, count) => sum + count, 0) / ticks
  const variance = perTick.reduce((sum, count) => sum + (count - mean) ** 2, 0) / (ticks - 1)
  assert.ok(Math.abs(mean - 10) < 5 * Math.sqrt(10 / ticks), `mean ${mean}`)
  // The variance of a sample of n Poisson counts of mean m has a standard error of about m sqrt(2 / n).
  assert.ok(Math.abs(variance / mean - 1) < 5 * Math.sqrt(2 / ticks), `variance ${variance} over mean ${mean}`)
})

test('leaves out what would have been due while the process stood still', async () => {
  let nowMs = 0
  let sent = 0
  const load = startLoad({
    router: { send: () => (sent += 1), expire: () => undefined },
    bodies: ['a'],
    requestsPerSecond: 1_000,
    random: seededRandom(1),
    now: () => nowMs,
  })
  nowMs = 60_000
  while (sent === 0) await sleep(5)
  await sleep(20)
  load.stop()
  assert.ok(sent < 100, `${sent} requests`)
})

test('splits real requests between real servers', async () => {
  const [stable, canary] = await Promise.all([openHttpPod(), openHttpPod()])
  const router = openRouter({
    pods: { stable: [stable.origin], canary: [canary.origin] },
    path: '/predict',
    timeoutMs: 5_000,
    connections: 8,
    maxInFlight: 1_000,
    isError: (status) => status >= 500,
    now: Date.now,
  })
  const load = startLoad({
    router,
    bodies: ['{}'],
    requestsPerSecond: 500,
    random: seededRandom(11),
    now: Date.now,
  })
  load.setWeight(30)
  try {
    while (canary.bodies.length < 60) await sleep(10)
    load.stop()
    const total = router.counts.totals.stable.sent + router.counts.totals.canary.sent
    while (stable.bodies.length + canary.bodies.length < total) await sleep(10)
    assert.ok(isNear(canary.bodies.length, total, 0.3), `${canary.bodies.length} of ${total}`)
  } finally {
    load.stop()
    await router.close()
    await Promise.all([stable.close(), canary.close()])
  }
})

test.run()
