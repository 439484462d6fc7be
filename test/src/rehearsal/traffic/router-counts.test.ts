import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { describeLosses, RouterCounts } from '../../../../src/rehearsal/traffic/router-counts.ts'

const test = suite('RouterCounts')

test('hands out every loss once, with the window it falls into', () => {
  const counts = new RouterCounts()
  counts.lose('canary', 'refused', 100)
  counts.lose('canary', 'timeout', 200)
  counts.lose('stable', 'broken', 150)
  counts.lose('canary', 'broken', 300)
  assert.equal(counts.take('canary', 200, 10, 0), { requests: 2, errors: 2 })
  assert.equal(counts.take('canary', 200, 10, 0), { requests: 0, errors: 0 })
  assert.equal(counts.take('canary', 300, 0, 0), { requests: 1, errors: 1 })
  assert.equal(counts.take('stable', 300, 0, 0), { requests: 1, errors: 1 })
  assert.equal(counts.totals.canary.lost, { refused: 1, broken: 1, timeout: 1, overflow: 0 })
})

test('takes a request back that its pod counted after all, and leaves the error', () => {
  const counts = new RouterCounts()
  counts.lose('canary', 'timeout', 100)
  counts.answerLate('canary', false, 200)
  // The pod counted it as a success: 5 requests of the pod's, one of them an error.
  assert.equal(counts.take('canary', 200, 5, 0), { requests: 0, errors: 1 })
})

test('takes the error back as well where the pod counted one', () => {
  const counts = new RouterCounts()
  counts.lose('canary', 'timeout', 100)
  counts.answerLate('canary', true, 200)
  assert.equal(counts.take('canary', 200, 5, 1), { requests: 0, errors: 0 })
})

test('takes nothing from a window that it does not hold, but from the next', () => {
  const counts = new RouterCounts()
  counts.lose('canary', 'timeout', 100)
  assert.equal(counts.take('canary', 100, 0, 0), { requests: 1, errors: 1 })
  counts.answerLate('canary', true, 200)
  assert.equal(counts.take('canary', 200, 0, 0), { requests: 0, errors: 0 })
  assert.equal(counts.take('canary', 300, 4, 1), { requests: -1, errors: -1 })
  assert.equal(counts.take('canary', 400, 4, 1), { requests: 0, errors: 0 })
})

test('never makes more errors than requests', () => {
  const counts = new RouterCounts()
  for (let k = 0; k < 3; k++) {
    counts.lose('canary', 'timeout', 100)
    counts.answerLate('canary', false, 150)
  }
  const first = counts.take('canary', 200, 1, 0)
  assert.ok(0 + first.errors <= 1 + first.requests)
  const second = counts.take('canary', 300, 9, 0)
  assert.equal([first.requests + second.requests, first.errors + second.errors], [0, 3])
})

test.run()

const losses = suite('describeLosses()')

losses('says how many and why', () => {
  const { totals } = new RouterCounts()
  assert.is(describeLosses('stable', totals.stable), undefined)
  const canary = { ...totals.canary, sent: 12_000, lost: { refused: 1_500, broken: 0, timeout: 2, overflow: 0 } }
  assert.is(
    describeLosses('the candidate', canary),
    '1,502 of 12,000 requests to the candidate got no answer: 1,500 found nobody listening, 2 took too long',
  )
})

losses.run()
