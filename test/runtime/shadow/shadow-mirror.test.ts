import { setTimeout as sleep } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openShadowMirror, ServingError, type BackgroundModel, type Signature } from '#runtime'
import type { ShadowBatch } from '../../../runtime/shadow/shadow-pair.ts'
import { irisSignature, tensor } from '../builders.ts'
import { answeredRequest, irisAnswer, irisCandidate, irisRows } from './builders.ts'

interface Change {
  readonly run?: BackgroundModel['run']
  readonly signature?: Signature
  readonly maxQueuedRequests?: number
  readonly maxQueuedBytes?: number
  readonly compare?: (batch: ShadowBatch) => void
}

function open({
  run = (job) => irisCandidate((label) => label).run(job),
  signature = irisSignature(),
  ...change
}: Change = {}) {
  const batches: ShadowBatch[] = []
  const events: string[] = []
  const mirror = openShadowMirror({
    stable: { name: 'stable', digest: 'd0', signature, run },
    isSampled: ({ headers }) => headers['x-skip'] === undefined,
    sliceHeader: 'x-tenant',
    compare: (batch) => batches.push(batch),
    recorder: { dropped: (reason, examples) => events.push(`${reason} ${examples}`) },
    onFault: (error) => events.push(String(error)),
    maxQueuedRequests: 100,
    maxQueuedBytes: 1_000_000,
    ...change,
  })
  return { mirror, batches, events }
}

const test = suite('openShadowMirror()')

test("hands over stable's answers to the inputs of the candidate's requests", async () => {
  const { mirror, batches, events } = open()
  mirror.offer(answeredRequest([0, 2], { outputs: irisAnswer([1, 1]), headers: { 'x-tenant': 'blue' } }))
  mirror.offer(answeredRequest([1], { headers: { 'x-skip': '1' } }))
  await sleep(1)
  assert.is(batches.length, 1)
  assert.equal(batches[0]?.pairs, [{ feeds: [irisRows([0, 2])], rows: 2, outputs: irisAnswer([0, 2]), slice: 'blue' }])
  assert.is(batches[0]?.origin.identity, 'd0')
  assert.equal(events, [])
})

test('puts together what came while stable ran', async () => {
  const gate = Promise.withResolvers<undefined>()
  const { mirror, batches } = open({ run: () => gate.promise.then(() => irisAnswer([1])) })
  for (let i = 0; i < 4; i += 1) mirror.offer(answeredRequest([1]))
  gate.resolve(undefined)
  await sleep(1)
  assert.equal(
    batches.map(({ pairs }) => pairs.length),
    [1, 3],
  )
})

test('drops and counts what the queue does not hold, in requests and in bytes', async () => {
  const hanging = () => new Promise<never>(() => undefined)
  const short = open({ run: hanging, maxQueuedRequests: 1 })
  for (const labels of [[1], [1], [1, 2]]) short.mirror.offer(answeredRequest(labels))
  assert.equal(short.events, ['queue 2'])
  short.mirror.close()
  short.mirror.offer(answeredRequest([1]))
  assert.equal(short.events, ['queue 2', 'queue 1'])
  const small = open({ maxQueuedBytes: 10 })
  small.mirror.offer(answeredRequest([1]))
  await sleep(1)
  assert.equal([small.events, small.batches], [['queue 1'], []])
})

test('keeps copies: what it compares is what was asked', async () => {
  const gate = Promise.withResolvers<undefined>()
  const { mirror, batches } = open({ run: () => gate.promise.then(() => irisAnswer([1])) })
  const answered = answeredRequest([1])
  mirror.offer(answered)
  answered.job.feeds[0]!.data[0] = 7
  gate.resolve(undefined)
  await sleep(1)
  assert.equal(batches[0]?.pairs[0]?.feeds, [irisRows([1])])
})

test('tells failures of stable from refusals and faults', async () => {
  const failing = open({ run: () => Promise.reject(new ServingError('modelFailed', 'no')) })
  failing.mirror.offer(answeredRequest([1, 2]))
  const stopping = open({ run: () => Promise.reject(new ServingError('draining', 'stopping')) })
  stopping.mirror.offer(answeredRequest([1, 2]))
  const broken = open({ run: () => Promise.reject(new TypeError('broken')) })
  broken.mirror.offer(answeredRequest([1, 2]))
  await sleep(1)
  assert.is(failing.batches[0]?.pairs[0]?.outputs, undefined)
  assert.is(failing.batches[0]?.pairs[0]?.rows, 2)
  assert.equal([stopping.batches, stopping.events], [[], ['busy 2']])
  assert.equal([broken.batches, broken.events], [[], ['fault 2', 'TypeError: broken']])
})

test('orders the tensors as stable names them', async () => {
  const column = { type: 'float32', shape: ['N', 1] } as const
  const [a, b] = [
    { name: 'a', ...column },
    { name: 'b', ...column },
  ]
  const asked: string[][] = []
  const { mirror } = open({
    signature: irisSignature({ inputs: [b, a] }),
    run: ({ feeds }) => {
      asked.push(feeds.map(({ data }) => String(data[0])))
      return Promise.resolve(irisAnswer([0]))
    },
  })
  const { model } = answeredRequest([0])
  const job = { feeds: [tensor('float32', [1, 1], [1]), tensor('float32', [1, 1], [2])], rows: 1 }
  mirror.offer(answeredRequest([0], { job, model: { ...model, signature: irisSignature({ inputs: [a, b] }) } }))
  await sleep(1)
  assert.equal(asked, [['2', '1']])
})

test('does not ask stable what its signature cannot take, and leaves that to the comparison', async () => {
  const signature = irisSignature({ inputs: [{ name: 'input', type: 'float32', shape: ['N', 5] }] })
  const { mirror, batches } = open({ signature, run: () => Promise.reject(new Error('stable must not be asked')) })
  mirror.offer(answeredRequest([1, 2]))
  await sleep(1)
  assert.equal(batches[0]?.pairs, [{ feeds: [], rows: 2, outputs: undefined, slice: '' }])
  assert.equal(batches[0]?.origin.signature, signature)
})

test.run()
