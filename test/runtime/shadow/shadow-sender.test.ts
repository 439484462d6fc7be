import { setTimeout as sleep } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openShadowSender, SENDER_LIMITS } from '#runtime'
import { decodeMessage } from '../../../runtime/shadow/decode-message.ts'
import type { ShadowBatch } from '../../../runtime/shadow/shadow-pair.ts'
import type { Delivery, ShadowSenderOptions } from '../../../runtime/shadow/shadow-sender.ts'
import { answeredRequest } from './builders.ts'

interface Subject {
  readonly sender: ReturnType<typeof openShadowSender>
  readonly batches: ShadowBatch[]
  /** `sent 3`, `away 2` … */
  readonly events: string[]
  readonly clock: { nowMs: number }
}

function open(deliver: () => Promise<Delivery>, change: Partial<ShadowSenderOptions> = {}): Subject {
  const batches: ShadowBatch[] = []
  const events: string[] = []
  const clock = { nowMs: 0 }
  const sender = openShadowSender({
    isSampled: () => true,
    sliceHeader: undefined,
    identity: undefined,
    deliver: (message) => {
      batches.push(decodeMessage(Buffer.concat(message)))
      return deliver()
    },
    recorder: {
      sent: (examples) => events.push(`sent ${examples}`),
      dropped: (reason, examples) => events.push(`${reason} ${examples}`),
    },
    onFault: (error) => events.push(`fault told: ${String(error)}`),
    limits: { ...SENDER_LIMITS, lingerMs: 1 },
    now: () => clock.nowMs,
    ...change,
  })
  return { sender, batches, events, clock }
}

async function until(holds: () => boolean): Promise<void> {
  for (let i = 0; i < 400 && !holds(); i += 1) await sleep(5)
  assert.ok(holds(), 'it did not come to that')
}

const test = suite('openShadowSender()')

test('sends what was answered together, with the answers and without headers', async () => {
  const { sender, batches, events } = open(() => Promise.resolve('delivered'), { sliceHeader: 'x-tenant' })
  sender.offer(answeredRequest([0, 2], { headers: { 'x-tenant': 'blue', authorization: 'Bearer secret' } }))
  sender.offer(answeredRequest([1], { outputs: undefined }))
  await until(() => events.length > 0)
  assert.equal(events, ['sent 3'])
  const [batch] = batches
  assert.equal(batch?.origin.identity, 'd1')
  assert.equal(
    batch?.pairs.map(({ rows, slice, outputs }) => ({ rows, slice, failed: outputs === undefined })),
    [
      { rows: 2, slice: 'blue', failed: false },
      { rows: 1, slice: '', failed: true },
    ],
  )
  assert.not.ok(JSON.stringify(batch?.origin).includes('secret'))
  sender.close()
})

test('keeps what it took although the tensors change afterwards', async () => {
  const { sender, batches } = open(() => Promise.resolve('delivered'))
  const answered = answeredRequest([2])
  sender.offer(answered)
  const { data } = answered.job.feeds[0]!
  if (data instanceof Float32Array) data.fill(-1)
  await until(() => batches.length > 0)
  assert.is(batches[0]?.pairs[0]?.feeds[0]?.data[0], 2)
  sender.close()
})

test('drops what finds the queue full, in requests and in bytes', async () => {
  const never = new Promise<Delivery>(() => undefined)
  for (const limits of [{ maxQueuedRequests: 3 }, { maxQueuedBytes: 250 }]) {
    const { sender, events, batches } = open(() => never, { limits: { ...SENDER_LIMITS, ...limits, lingerMs: 1 } })
    for (let i = 0; i < 10; i += 1) sender.offer(answeredRequest([1]))
    const kept = 10 - events.length
    assert.ok(kept > 0 && kept <= 3, `${kept} kept`)
    assert.ok(events.every((event) => event === 'queue 1'))
    await until(() => batches.length > 0)
    sender.close()
  }
})

test('sends a full message at once, and waits with a partial one', async () => {
  const limits = { ...SENDER_LIMITS, lingerMs: 60_000, maxMessageRequests: 4 }
  const { sender, batches, events } = open(() => Promise.resolve('delivered'), { limits })
  for (let i = 0; i < 3; i += 1) sender.offer(answeredRequest([1]))
  await sleep(20)
  assert.is(batches.length, 0)
  for (let i = 0; i < 6; i += 1) sender.offer(answeredRequest([1]))
  await until(() => events.length === 2)
  assert.equal(
    batches.map(({ pairs }) => pairs.length),
    [4, 4],
  )
  sender.close()
  assert.is(events.at(-1), 'queue 1')
})

test('has no more messages under way than it may', async () => {
  const { sender, batches } = open(() => new Promise<Delivery>(() => undefined), {
    limits: { ...SENDER_LIMITS, lingerMs: 1, maxMessageRequests: 2 },
  })
  for (let i = 0; i < 20; i += 1) sender.offer(answeredRequest([1]))
  await until(() => batches.length >= 2)
  await sleep(20)
  assert.equal(
    batches.map(({ pairs }) => pairs.length),
    [2, 2],
  )
  sender.close()
})

test('leaves a canary alone for longer and longer while it is away, and comes back', async () => {
  let delivery: Delivery = 'away'
  const { sender, events, batches, clock } = open(() => Promise.resolve(delivery))
  for (const waitMs of [250, 500, 1_000, 2_000, 4_000, 8_000, 10_000, 10_000]) {
    const before = batches.length
    events.length = 0
    sender.offer(answeredRequest([1]))
    await until(() => batches.length === before + 1 && events.length === 1)
    clock.nowMs += waitMs - 1
    sender.offer(answeredRequest([1, 1]))
    assert.equal(events, ['away 1', 'away 2'])
    clock.nowMs += 1
  }
  delivery = 'delivered'
  sender.offer(answeredRequest([1]))
  await until(() => events.at(-1) === 'sent 1')
  delivery = 'same'
  sender.offer(answeredRequest([1]))
  await until(() => events.at(-1) === 'same 1')
  sender.offer(answeredRequest([1, 1]))
  assert.is(events.at(-1), 'same 2')
  sender.close()
})

test('drops what is too large, and what cannot be written, without a throw', () => {
  const { sender, events } = open(() => Promise.resolve('delivered'), {
    limits: { ...SENDER_LIMITS, maxMessageBytes: 60 },
  })
  sender.offer(answeredRequest([1, 2, 3]))
  assert.equal(events, ['size 3'])
  const broken = open(() => Promise.resolve('delivered'), {
    isSampled: () => {
      throw new TypeError('broken')
    },
  })
  broken.sender.offer(answeredRequest([1]))
  broken.sender.offer(answeredRequest([1]))
  assert.equal(broken.events, ['fault 1', 'fault told: TypeError: broken', 'fault 1'])
})

test('survives a model whose signature is too large to send, and a delivery that breaks', async () => {
  const { sender, events } = open(() => Promise.reject(new TypeError('broken')))
  const answered = answeredRequest([1])
  const [output] = answered.model.signature.outputs
  const outputs = Array.from({ length: 10_000 }, (_, i) => ({ ...output!, name: `output ${i}` }))
  sender.offer({ ...answered, model: { ...answered.model, signature: { ...answered.model.signature, outputs } } })
  assert.is(events[0], 'fault 1')
  assert.match(events[1] ?? '', /its signature takes \d+ bytes, at most 262144 are sent/)
  sender.offer(answered)
  await until(() => events.length === 3)
  assert.is(events[2], 'fault 1')
  sender.close()
})

test('takes nothing once it is closed, and counts what waited', () => {
  const { sender, events } = open(() => Promise.resolve('delivered'))
  sender.offer(answeredRequest([1, 1]))
  sender.close()
  sender.offer(answeredRequest([1]))
  assert.equal(events, ['queue 2'])
})

test.run()
