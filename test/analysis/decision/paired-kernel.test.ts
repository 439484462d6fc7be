import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { HARM_RATIOS } from '../../../analysis/decision/grid.ts'
import { pairedLogE, pairedMarginLogE } from '../../../analysis/decision/paired-kernel.ts'
import { near } from './near.ts'
import { allOutcomes } from './outcomes.ts'

const harm = suite('pairedLogE()')

/** Exact mean over 8 pairs that fail on the canary alone, on stable alone, or alike. */
function expected(shares: readonly number[], logE: (canaryOnly: number, stableOnly: number) => number): number {
  return allOutcomes(8, shares).reduce(
    (sum, { counts, probability }) => sum + probability * Math.exp(logE(counts[0]!, counts[1]!)),
    0,
  )
}

for (const ratio of HARM_RATIOS) {
  harm(`expects at most 1 while the canary fails alone no more often, ratio ${ratio}`, () => {
    near(
      expected([0.1, 0.1, 0.8], (b, c) => pairedLogE(b, c, ratio)),
      1,
    )
    assert.ok(expected([0.05, 0.1, 0.85], (b, c) => pairedLogE(b, c, ratio)) < 1)
  })
}

harm('says nothing about ties', () => {
  assert.is(pairedLogE(0, 0, 3), 0)
})

harm.run()

const margin = suite('pairedMarginLogE()')

for (const stake of [0.1, 0.5, 0.98 / 0.95]) {
  margin(`expects at most 1 while the canary fails on the margin's share more, stake ${stake}`, () => {
    const logE = (canaryOnly: number, stableOnly: number) =>
      pairedMarginLogE({ pairs: 8, canaryOnly, stableOnly }, 0.05, stake)
    near(expected([0.15, 0.1, 0.75], logE), 1)
    assert.ok(expected([0.3, 0.1, 0.6], logE) < 1)
    assert.ok(expected([0.01, 0.1, 0.89], logE) > 1)
  })
}

margin.run()
