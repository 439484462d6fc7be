import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { classNamer } from '#runtime'
import { flipsOf, openConfusion } from '../../../src/comparison/confusion.ts'

const confusion = suite('openConfusion()')

confusion('counts each label of stable against each of the canary, with their names', () => {
  const tally = openConfusion('label', classNamer(['setosa', 'versicolor', 'virginica']))
  for (const [stable, canary] of ['22', '21', '21', '00'] as const) tally.add(stable!, canary!)
  const found = tally.summarize()
  assert.equal(found, {
    output: 'label',
    classes: ['setosa', 'versicolor', 'virginica'],
    counts: [
      [1, 0, 0],
      [0, 0, 0],
      [0, 2, 1],
    ],
  })
  assert.equal(flipsOf(found), [{ stable: 'virginica', canary: 'versicolor', count: 2 }])
})

confusion('puts numbers in the order of numbers', () => {
  const tally = openConfusion('label', classNamer([]))
  for (const label of ['10', '9', '-1']) tally.add(label, label)
  assert.equal(tally.summarize().classes, ['-1', '9', '10'])
})

confusion('keeps a hundred classes at most', () => {
  const tally = openConfusion('label', classNamer([]))
  for (let i = 0; i < 1_000; i += 1) tally.add(String(i), String(i))
  const { classes, counts } = tally.summarize()
  assert.is(classes.length, 101)
  assert.is(
    counts.flat().reduce((sum, count) => sum + count, 0),
    1_000,
  )
})

confusion.run()
