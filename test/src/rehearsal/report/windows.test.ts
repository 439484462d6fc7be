import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Window } from '#decision'
import { addClasses, addHistograms, periodsOf, quantileOf, totalsOf } from '../../../../src/rehearsal/report/windows.ts'

const STARTED_AT = '2026-01-01T00:00:00Z'

const periods = suite('periodsOf()')

periods('gives each window its own time', () => {
  assert.equal(
    periodsOf(windows([0, 10, 10]), STARTED_AT, 10).map(({ fromMs, toMs, weight }) => [fromMs, toMs, weight]),
    [
      [0, 1_000, 0],
      [1_000, 2_000, 10],
      [2_000, 3_000, 10],
    ],
  )
})

periods('puts neighbours together without losing a request', () => {
  const many = windows(new Array<number>(1_000).fill(10))
  const together = periodsOf(many, STARTED_AT, 60)
  assert.ok(together.length <= 60)
  assert.is(
    together.reduce((sum, { canary }) => sum + canary.requests, 0),
    10_000,
  )
  assert.is(together.at(-1)?.toMs, 1_000_000)
})

periods('never puts different weights together', () => {
  const together = periodsOf(windows([10, 10, 30, 30, 30]), STARTED_AT, 1)
  assert.equal(
    together.map(({ weight }) => weight),
    [10, 30],
  )
})

periods('is empty without windows', () => {
  assert.equal(periodsOf([], STARTED_AT, 60), [])
})

periods.run()

const totals = suite('totalsOf()')

totals('adds the counts of an arm', () => {
  const { requests, errors } = totalsOf([{ requests: 10, errors: 1 }, undefined, { requests: 5, errors: 2 }])
  assert.is(requests, 15)
  assert.is(errors, 3)
})

totals('tells no errors from errors that nobody counted', () => {
  assert.is(totalsOf([{ requests: 10, errors: 0 }]).errors, 0)
  assert.is(totalsOf([{ requests: 10 }]).errors, null)
})

totals.run()

const add = suite('addHistograms()')

add('adds bucket by bucket', () => {
  const le = [1, 2]
  assert.equal(
    addHistograms([
      { le, counts: [1, 2, 3] },
      { le, counts: [10, 20, 30] },
    ]),
    { le, counts: [11, 22, 33] },
  )
})

add('keeps the boundaries that all have and loses no count', () => {
  assert.equal(
    addHistograms([
      { le: [1, 2, 4], counts: [1, 2, 3, 4] },
      { le: [2, 3, 4], counts: [10, 20, 30, 40] },
    ]),
    { le: [2, 4], counts: [13, 53, 44] },
  )
})

add('has nothing to say about nothing', () => {
  assert.is(addHistograms([]), null)
})

add.run()

const quantile = suite('quantileOf()')

for (const [q, expected] of [
  [0.5, 1],
  [0.25, 0.5],
  [0.75, 1.5],
  [1, 2],
] as const) {
  quantile(`of ${q} is ${expected} where requests are even over two buckets`, () => {
    assert.is(quantileOf({ le: [1, 2], counts: [50, 50, 0] }, q), expected)
  })
}

quantile('is the highest bound beyond all of them', () => {
  assert.is(quantileOf({ le: [1, 2], counts: [0, 0, 9] }, 0.95), 2)
})

quantile('is unknown without counts', () => {
  assert.is(quantileOf({ le: [1, 2], counts: [0, 0, 0] }, 0.95), null)
})

quantile.run()

const classes = suite('addClasses()')

classes('puts the most frequent first', () => {
  const sums = addClasses([
    { requests: 9, predictions: { a: 1, b: 5 } },
    { requests: 9, predictions: { a: 9, c: 2 } },
  ])
  assert.equal(
    [...sums],
    [
      ['a', 10],
      ['b', 5],
      ['c', 2],
    ],
  )
})

classes('takes any name for a class', () => {
  const predictions: unknown = JSON.parse('{"__proto__":3,"constructor":1}')
  const sums = addClasses([{ requests: 4, predictions: predictions as Record<string, number> }])
  assert.equal([...sums.keys()], ['__proto__', 'constructor'])
})

classes.run()

function windows(weights: readonly number[]): Window[] {
  return weights.map((weight, k) => ({
    at: new Date(Date.parse(STARTED_AT) + (k + 1) * 1_000).toISOString(),
    weight,
    canary: { requests: 10 },
    stable: { requests: 90 },
  }))
}
