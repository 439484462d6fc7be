import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { addHistograms, isSoundHistogram } from '../../../analysis/evidence/buckets.ts'

const add = suite('addHistograms()')

add('adds bucket by bucket and makes the counts those of each bucket alone', () => {
  const le = [0.1, 0.5, Infinity]
  const histograms = [
    { le, counts: [3, 5, 6] },
    { le, counts: [1, 1, 2] },
  ]
  assert.equal(addHistograms(histograms, 'buckets'), { le: [0.1, 0.5], counts: [4, 2, 2] })
})

add('keeps the bounds that all have, and loses no count', () => {
  const histograms = [
    { le: [0.1, 0.25, 0.5, Infinity], counts: [3, 4, 5, 6] },
    { le: [0.05, 0.1, 0.5, 1, Infinity], counts: [1, 2, 3, 4, 5] },
  ]
  assert.equal(addHistograms(histograms, 'buckets'), { le: [0.1, 0.5], counts: [5, 3, 3] })
})

add('is undefined for no histogram', () => {
  assert.is(addHistograms([], 'buckets'), undefined)
})

add('refuses histograms without a common bound', () => {
  const histograms = [
    { le: [0.1, Infinity], counts: [1, 1] },
    { le: [0.2, Infinity], counts: [1, 1] },
  ]
  assert.throws(
    () => addHistograms(histograms, 'latency buckets'),
    /^Cannot use latency buckets: le: expected 1 to 256 finite bounds that all pods of an arm have, received none$/,
  )
})

add('refuses more bounds than a window may have', () => {
  const le = Array.from({ length: 300 }, (_, k) => k)
  assert.throws(
    () => addHistograms([{ le: [...le, Infinity], counts: [...le, 300].map(() => 0) }], 'latency buckets'),
    /finite bounds that all pods of an arm have, received 300$/,
  )
})

add.run()

const sound = suite('isSoundHistogram()')

for (const [le, counts, expected] of [
  [[1, Infinity], [0, 0], true],
  [[1, 2, Infinity], [1, 1, 4], true],
  [[1, 2, Infinity], [2, 1, 4], false],
  [[1, 2], [1, 2], false],
  [[], [], false],
] as const) {
  sound(`is ${expected} for counts ${counts.join(' ')} at bounds ${le.join(' ')}`, () => {
    assert.is(isSoundHistogram({ le, counts }), expected)
  })
}

sound.run()
