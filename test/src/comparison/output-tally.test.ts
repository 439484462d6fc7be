import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openOutputTally } from '../../../src/comparison/output-tally.ts'
import { near } from '../../analysis/decision/near.ts'
import { floats, LABEL, labels, PROBABILITIES } from './builders.ts'

const tally = suite('openOutputTally()')

tally('measures how far numbers lie apart', () => {
  const output = openOutputTally(PROBABILITIES, 'detail', null)
  output.add(floats(2, 1, 0), floats(2, 0.5, 0.5))
  output.add(floats(2, 0.25, 0.75), floats(2, 0.25, 0.75))
  const { elements, different, distance, notFinite, shape } = output.summarize()
  assert.is(shape, 'float32[N,2]')
  assert.is(elements, 4)
  assert.is(different, 2)
  assert.equal(notFinite, { stable: 0, canary: 0, oneSided: 0 })
  assert.is(distance?.max, 0.5)
  assert.is(distance?.mean, 0.25)
  assert.is(distance?.p50, 0)
  near(distance?.p99 ?? 0, 0.5, 0.01)
  // From 0.5 to 1 all 2^23 fractions of one exponent, from 0 to 0.5 all 126 exponents below it.
  assert.is(distance?.maxUlps, 126 * 2 ** 23)
})

tally('puts every difference into its bin, and the rest beside', () => {
  const output = openOutputTally(PROBABILITIES, 'detail', null)
  output.add(floats(2, 0, 0, 0, 0, 0, 0), floats(2, 0, 0.000_003, 0.015, 0.3, 0.3, 0.45))
  const { same, le, counts } = output.summarize().distance!.histogram
  assert.is(same, 1)
  assert.is(le.at(-1), 0.5)
  assert.is(counts.length, le.length + 1)
  const filled = counts.flatMap((count, k) => (count === 0 ? [] : [[le[k], count]]))
  assert.equal(filled, [
    [0.00001, 1],
    [0.02, 1],
    [0.5, 3],
  ])
})

tally('counts NaN and infinities apart and keeps them out of the distances', () => {
  const output = openOutputTally(PROBABILITIES, 'detail', null)
  output.add(floats(2, 1, NaN, Infinity, 1), floats(2, NaN, NaN, Infinity, 0.75))
  const { notFinite, different, distance } = output.summarize()
  assert.equal(notFinite, { stable: 2, canary: 3, oneSided: 1 })
  assert.is(different, 2)
  assert.is(distance?.max, 0.25)
})

tally('does not take labels for numbers, unless a tolerance says that they are', () => {
  const label = openOutputTally(LABEL, 'label', null)
  label.add(labels(0, 5), labels(0, 9))
  assert.is(label.summarize().different, 1)
  assert.is(label.summarize().distance, null)
  const count = openOutputTally(LABEL, 'label', { absolute: 1, relative: 0, ulps: 0 })
  count.add(labels(0, 5), labels(0, 9))
  assert.is(count.summarize().distance?.max, 4)
})

tally('has no distance where no element is finite in both', () => {
  const output = openOutputTally(PROBABILITIES, 'detail', null)
  output.add(floats(2, 1, 0), floats(2, NaN, Infinity))
  const { distance, different } = output.summarize()
  assert.equal([distance, different], [null, 2])
  assert.is(openOutputTally(PROBABILITIES, 'detail', null).summarize().distance, null)
})

tally('puts whole numbers of 64 bits in order where they are numbers', () => {
  const output = openOutputTally(LABEL, 'number', { absolute: 1, relative: 0, ulps: 0 })
  output.add(labels(1, 2, 3, 4), labels(10, 30, 20, 40))
  assert.is(output.summarize().rank?.spearman, 0.8)
})

tally('tells whether classes keep their order', () => {
  const wide = { ...PROBABILITIES, shape: ['N', 3] }
  const output = openOutputTally(wide, 'scores', null)
  output.add(floats(3, 0.7, 0.2, 0.1, 0.7, 0.2, 0.1), floats(3, 0.6, 0.3, 0.1, 0.2, 0.7, 0.1))
  const { rank } = output.summarize()
  assert.equal(rank, {
    of: 'classes',
    spearman: 0.75,
    top: [
      { k: 1, share: 0.5 },
      { k: 2, share: 1 },
    ],
    rows: 2,
  })
})

tally('tells whether the values of different rows keep their order', () => {
  const value = { name: 'value', type: 'float32', shape: ['N', 1] } as const
  const output = openOutputTally(value, 'number', null)
  output.add(floats(1, 1, 2, 3), floats(1, 10, 30, 20))
  output.add(floats(1, 4), floats(1, 40))
  const { rank } = output.summarize()
  assert.equal(rank, { of: 'rows', spearman: 0.8, top: [], rows: 4 })
})

tally.run()
