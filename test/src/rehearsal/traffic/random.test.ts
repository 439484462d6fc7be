import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { seededRandom } from '../../../../src/rehearsal/traffic/random.ts'

const test = suite('seededRandom()')

test('draws the same numbers from the same seed, others from another', () => {
  const draw = (seed: number) => Array.from({ length: 8 }, seededRandom(seed))
  assert.equal(draw(7), draw(7))
  assert.not.equal(draw(7), draw(8))
})

for (const seed of [0, 1, 2 ** 32 - 1]) {
  test(`draws evenly from [0, 1) with seed ${seed}`, () => {
    const random = seededRandom(seed)
    const bins = new Array<number>(16).fill(0)
    const draws = 64_000
    for (let k = 0; k < draws; k++) {
      const value = random()
      assert.ok(value >= 0 && value < 1)
      const bin = Math.floor(value * 16)
      bins[bin] = (bins[bin] ?? 0) + 1
    }
    const expected = draws / 16
    const chiSquare = bins.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0)
    // 99.99 % quantile of the chi-square distribution with 15 degrees of freedom.
    assert.ok(chiSquare < 44.3, `chi-square ${chiSquare}`)
  })
}

test.run()
