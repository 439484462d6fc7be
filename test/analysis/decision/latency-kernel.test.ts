import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { latencyLogE } from '../../../analysis/decision/latency-kernel.ts'
import { Random } from '../../support/random.ts'
import { allOutcomes, expectation } from './outcomes.ts'

const test = suite('latencyLogE()')

/** Shares above two bounds as probabilities of three buckets. */
function buckets([first, second]: readonly [number, number]): number[] {
  return [1 - first, first - second, second]
}

test('favours harm where the canary is slower, and not where it is faster', () => {
  const ratios = [0.8, 1, 1.6]
  assert.ok(latencyLogE([20, 30, 50], [40, 40, 20], ratios, null) > 3)
  assert.ok(latencyLogE([60, 30, 10], [40, 40, 20], ratios, null) < 0)
})

for (let seed = 0; seed < 40; seed += 1) {
  const random = new Random(`latency kernel ${seed}`)
  const draw = (low: number, high: number) => low + (high - low) * random.uniform()
  const stable: [number, number] = [draw(0.2, 0.9), 0]
  stable[1] = stable[0] * draw(0.05, 0.9)
  const multipliers = seed % 3 === 0 ? null : [draw(1, 1.5), draw(1, 3)]
  const worst: [number, number] = [
    Math.min(stable[0] * (multipliers?.[0] ?? 1), 1),
    Math.min(stable[1] * (multipliers?.[1] ?? 1), 1),
  ]
  worst[1] = Math.min(worst[0], worst[1])
  const first = draw(0.1, 1.2)
  const second = first + draw(0, 2)
  const ratios = [first, second, second + draw(0, 20)]
  const [canaryRequests, stableRequests] = [1 + (seed % 4), 1 + (seed % 5)]

  test(`expects at most 1 at the edge of the null, case ${seed}`, () => {
    const mean = expectation(
      allOutcomes(canaryRequests, buckets(worst)),
      allOutcomes(stableRequests, buckets(stable)),
      (a, b) => Math.exp(latencyLogE(a, b, ratios, multipliers)),
    )
    assert.ok(mean <= 1 + 1e-12, String(mean))
  })

  test(`grows with every request of the canary that gets slower, case ${seed}`, () => {
    const evidence = [
      [4, 0, 0],
      [3, 1, 0],
      [2, 1, 1],
      [1, 1, 2],
      [0, 0, 4],
    ].map((counts) => latencyLogE(counts, [5, 3, 1], ratios, multipliers))
    evidence.forEach((logE, k) => {
      assert.ok(k === 0 || logE >= evidence[k - 1]!)
    })
  })
}

test('stays finite where the multipliers leave no room', () => {
  const logE = latencyLogE([0, 0, 900], [1, 1, 8], [0.1, 9, 99], [1.5, 9])
  assert.ok(Number.isFinite(logE))
})

test('says nothing where one arm had no requests', () => {
  assert.is(latencyLogE([0, 0], [3, 4], [1, 2], null), 0)
  assert.is(latencyLogE([3, 4], [0, 0], [1, 2], null), 0)
})

test.run()
