import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { distanceBetween, gradientOf, type Distance } from '../../../analysis/decision/distances.ts'
import { driftLogE, equalityBet, toleranceBet } from '../../../analysis/decision/drift-bet.ts'
import { Random } from '../../support/random.ts'
import { near } from './near.ts'

const ORDER = { places: [2, 0, 1, 3], widths: [1, 0.5, 2] }
const DISTANCES = ['psi', 'tv', 'js', 'hellinger', 'ks', 'w1'] as const

/** A distribution over four categories, sometimes with a nearly empty one. */
function drawShares(random: Random): number[] {
  const raw = Array.from({ length: 4 }, () => random.uniform() ** 4 + 1e-7)
  const total = raw.reduce((sum, value) => sum + value, 0)
  return raw.map((value) => value / total)
}

/** Exact logarithm of the e-value's expectation: all requests of an arm have the same factor on average. */
function logExpectation(
  factors: { canary: readonly number[]; stable: readonly number[] },
  canary: readonly number[],
  stable: readonly number[],
  requests: readonly [number, number],
): number {
  const mean = (shares: readonly number[], values: readonly number[]) =>
    shares.reduce((sum, share, k) => sum + share * values[k]!, 0)
  return requests[0] * Math.log(mean(canary, factors.canary)) + requests[1] * Math.log(mean(stable, factors.stable))
}

/** Moves the second distribution towards the first until the distance is exactly the limit, if it is above. */
function atLimit(distance: Distance, canary: readonly number[], stable: readonly number[], limit: number): number[] {
  const gradient = gradientOf(distance, ORDER)
  const mixed = (part: number) => stable.map((share, k) => part * share + (1 - part) * canary[k]!)
  if (distanceBetween(gradient, canary, stable) <= limit) return [...stable]
  let low = 0
  let high = 1
  for (let step = 0; step < 60; step += 1) {
    const middle = (low + high) / 2
    if (distanceBetween(gradient, canary, mixed(middle)) > limit) high = middle
    else low = middle
  }
  return mixed(low)
}

const tolerance = suite('toleranceBet()')

for (const distance of DISTANCES) {
  tolerance(`expects at most 1 whatever the past said and the truth is, ${distance}`, () => {
    const random = new Random(`drift bet ${distance}`)
    const gradient = gradientOf(distance, ORDER)
    let bets = 0
    for (let i = 0; i < 2_000; i += 1) {
      const limit = [0.02, 0.2, 0.6][i % 3]!
      const requests: [number, number] = [
        1 + Math.floor(10 ** (5 * random.uniform())),
        1 + Math.floor(1e4 * random.uniform()),
      ]
      const split = requests[0] / (requests[0] + requests[1])
      const factors = toleranceBet(drawShares(random), drawShares(random), split, gradient, limit)
      if (factors === null) continue
      bets += 1
      const canary = drawShares(random)
      const stable = atLimit(distance, canary, drawShares(random), limit)
      const logMean = logExpectation(factors, canary, stable, requests)
      assert.ok(logMean <= 1e-6, `${logMean} in case ${i}`)
    }
    assert.ok(bets > 300)
  })

  tolerance(`gains where the estimate is right, ${distance}`, () => {
    const canary = [0.05, 0.15, 0.3, 0.5]
    const stable = [0.4, 0.3, 0.2, 0.1]
    const factors = toleranceBet(canary, stable, 0.3, gradientOf(distance, ORDER), 0.02)
    assert.ok(factors !== null)
    const counts = [canary.map((p) => 300 * p), stable.map((p) => 700 * p)] as const
    assert.ok(driftLogE(factors, ...counts) > 5)
  })
}

tolerance('does not bet while the estimate is within the limit', () => {
  const shares = [0.4, 0.3, 0.2, 0.1]
  assert.is(toleranceBet(shares, shares, 0.5, gradientOf('psi', ORDER), 0.2), null)
})

tolerance.run()

const equality = suite('equalityBet()')

equality('expects at most 1 under equal distributions, whatever the estimates', () => {
  const random = new Random('equality bet')
  for (let i = 0; i < 500; i += 1) {
    const requests: [number, number] = [1 + Math.floor(1e3 * random.uniform()), 1 + Math.floor(1e4 * random.uniform())]
    const factors = equalityBet(drawShares(random), drawShares(random), requests[0] / (requests[0] + requests[1]))
    const truth = drawShares(random)
    assert.ok(logExpectation(factors, truth, truth, requests) <= 1e-9)
  }
})

equality.run()

const distances = suite('distanceBetween()')

distances('gives the textbook values', () => {
  const p = [0.5, 0.2, 0.2, 0.1]
  const q = [0.25, 0.25, 0.25, 0.25]
  const expected: Readonly<Record<Distance, number>> = {
    psi: 0.25 * Math.log(2) - 0.05 * Math.log(0.8) * 2 - 0.15 * Math.log(0.4),
    tv: 0.25,
    js:
      0.5 *
      p.reduce(
        (sum, x, k) => sum + x * Math.log((2 * x) / (x + q[k]!)) + q[k]! * Math.log((2 * q[k]!) / (x + q[k]!)),
        0,
      ),
    hellinger: 1 - p.reduce((sum, x, k) => sum + Math.sqrt(x * q[k]!), 0),
    // In the order of the categories 2, 0, 1, 3 the distribution functions differ by -0.05, 0.2 and 0.15.
    ks: 0.2,
    w1: 0.05 * 1 + 0.2 * 0.5 + 0.15 * 2,
  }
  for (const distance of DISTANCES) near(distanceBetween(gradientOf(distance, ORDER), p, q), expected[distance])
})

for (const distance of DISTANCES) {
  distances(`is bounded from below by every tangent, ${distance}`, () => {
    const random = new Random(`tangent ${distance}`)
    const gradient = gradientOf(distance, ORDER)
    for (let i = 0; i < 500; i += 1) {
      const slope = gradient(drawShares(random), drawShares(random))
      const [p, q] = [drawShares(random), drawShares(random)]
      const tangent = p.reduce((sum, x, k) => sum + x * slope.canary[k]! + q[k]! * slope.stable[k]!, 0)
      assert.ok(tangent <= distanceBetween(gradient, p, q) + 1e-9)
    }
  })
}

distances.run()
