import { setTimeout as sleep } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openNoiseProbe, ServingError, type ServedModel } from '#runtime'
import { answeredRequest, irisAnswer } from './builders.ts'

function open(run: ServedModel['run']) {
  const events: string[] = []
  const probe = openNoiseProbe({
    isSampled: () => true,
    tolerances: new Map(),
    recorder: {
      pairs: (examples) => events.push(`pairs ${examples}`),
      disagreements: (examples) => events.push(`disagreements ${examples}`),
    },
    onFault: (error) => events.push(String(error)),
  })
  const { model } = answeredRequest([0])
  return { probe, events, model: { ...model, run } }
}

const test = suite('openNoiseProbe()')

test('counts answers that a model gives otherwise the second time', async () => {
  const { probe, events, model } = open(() => Promise.resolve(irisAnswer([0, 2])))
  probe.offer(answeredRequest([0, 1], { model }))
  await sleep(1)
  assert.equal(events, ['pairs 2', 'disagreements 1'])
})

test('runs one request at a time and leaves the others out', async () => {
  let runs = 0
  const { probe, events, model } = open(async () => {
    runs += 1
    await sleep(2)
    return irisAnswer([1])
  })
  for (let i = 0; i < 5; i += 1) probe.offer(answeredRequest([1], { model }))
  await sleep(10)
  assert.is(runs, 1)
  assert.equal(events, ['pairs 1', 'disagreements 0'])
})

test('counts a failure where there was an answer, and no refusal', async () => {
  const failing = open(() => Promise.reject(new ServingError('modelFailed', 'no')))
  failing.probe.offer(answeredRequest([1], { model: failing.model }))
  const full = open(() => Promise.reject(new ServingError('overloaded', 'full')))
  full.probe.offer(answeredRequest([1], { model: full.model }))
  const broken = open(() => Promise.reject(new TypeError('broken')))
  broken.probe.offer(answeredRequest([1], { model: broken.model }))
  await sleep(1)
  assert.equal(failing.events, ['pairs 1', 'disagreements 1'])
  assert.equal(full.events, [])
  assert.equal(broken.events, ['TypeError: broken'])
})

test.run()
