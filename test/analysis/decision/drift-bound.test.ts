import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { distanceBetween, gradientOf } from '../../../analysis/decision/distances.ts'
import { largestDrift } from '../../../analysis/decision/drift-bound.ts'
import { smallestDrift } from '../../../analysis/decision/drift-floor.ts'
import { largestDriftOf } from '../../../analysis/decision/drift-groups.ts'
import { leastDual } from '../../../analysis/decision/lagrange-dual.ts'
import { Random } from '../../support/random.ts'
import { multinomial } from '../../support/sampling.ts'
import { near } from './near.ts'

const LOG_20 = Math.log(20)
const NO_ORDER = { places: [], widths: [] }
const CANARY = [0.45, 0.35, 0.2]
const STABLE = [0.6, 0.3, 0.1]

const largest = suite('largestDrift()')

/** Counts of both arms after so many canary requests; stable has four times as many. */
function draw(random: Random, requests: number): { canary: number[]; stable: number[] } {
  return { canary: multinomial(random, requests, CANARY), stable: multinomial(random, 4 * requests, STABLE) }
}

function addDraw(random: Random, sum: { canary: number[]; stable: number[] }, requests: number) {
  const more = draw(random, requests)
  return {
    canary: sum.canary.map((count, k) => count + more.canary[k]!),
    stable: sum.stable.map((count, k) => count + more.stable[k]!),
  }
}

for (const distance of ['psi', 'tv', 'js', 'hellinger'] as const) {
  largest(`is above the truth at every look in 95 % of 100 steps, ${distance}`, () => {
    const truth = distanceBetween(gradientOf(distance, NO_ORDER), CANARY, STABLE)
    const random = new Random(`drift bound ${distance}`)
    let missed = 0
    for (let step = 0; step < 100; step += 1) {
      const earlier = multinomial(random, 2_000, STABLE)
      let counts = { canary: [0, 0, 0], stable: [0, 0, 0] }
      let left = false
      for (const requests of [50, 150, 500]) {
        counts = addDraw(random, counts, requests)
        left ||= largestDrift({ ...counts, earlier }, distance, LOG_20) < truth
      }
      if (left) missed += 1
    }
    assert.ok(missed / 100 <= 0.05 + 3 * Math.sqrt((0.05 * 0.95) / 100), String(missed))
  })

  largest(`comes down as equal arms are seen longer, ${distance}`, () => {
    const bounds = [300, 3_000, 30_000].map((requests) => {
      const counts = { canary: STABLE.map((p) => requests * p), stable: STABLE.map((p) => 4 * requests * p) }
      return largestDrift({ ...counts, earlier: STABLE.map((p) => 5_000 * p) }, distance, LOG_20)
    })
    assert.ok(bounds[1]! < 0.7 * bounds[0]! && bounds[2]! < 0.7 * bounds[1]!, bounds.join(' '))
  })
}

largest('is no lower than the distance of any pair that is not rejected', () => {
  const random = new Random('drift bound maximum')
  const counts = { canary: [80, 15, 5], stable: [320, 60, 20], earlier: [700, 220, 80] }
  const total = (list: readonly number[]) => list.reduce((sum, value) => sum + value, 0)
  const known = counts.earlier.map((count) => (count + 0.5) / (total(counts.earlier) + 1.5))
  const logE = (arm: readonly number[], q: readonly number[]) =>
    arm.reduce((sum, count, k) => sum + count * Math.log(0.7 + (0.3 * known[k]!) / q[k]!), 0)
  const shares = (arm: readonly number[]) => {
    const raw = arm.map((count) => count * Math.exp(1.2 * (random.uniform() - 0.5)))
    return raw.map((value) => value / total(raw))
  }
  for (const distance of ['psi', 'tv', 'js', 'hellinger'] as const) {
    const high = largestDrift(counts, distance, LOG_20)
    let inside = 0
    for (let i = 0; i < 4_000; i += 1) {
      const [p, q] = [shares(counts.canary), shares(counts.stable)]
      if (logE(counts.canary, p) + logE(counts.stable, q) >= LOG_20) continue
      inside += 1
      assert.ok(distanceBetween(gradientOf(distance, NO_ORDER), p, q) <= 1.005 * high)
    }
    assert.ok(inside > 100)
  }
})

largest('says nothing without requests, nor for PSI while a class is unseen', () => {
  assert.is(largestDrift({ canary: [0, 0], stable: [0, 0], earlier: [5, 5] }, 'tv', LOG_20), Infinity)
  const vanished = { canary: [300, 0], stable: [1_100, 100], earlier: [1_100, 100] }
  assert.is(largestDrift(vanished, 'psi', LOG_20), Infinity)
  assert.ok(Number.isFinite(largestDrift(vanished, 'tv', LOG_20)))
})

largest.run()

const whole = suite('largestDriftOf()')

whole('is not held up by a class that is rarer than 1 %', () => {
  const counts = { canary: [1_200, 800, 0], stable: [6_000, 4_000, 2], earlier: [6_000, 4_000, 1] }
  assert.ok(largestDriftOf(counts, 'psi', NO_ORDER, LOG_20, 1) < 0.1)
})

whole('sees a rare class that has become frequent', () => {
  const counts = { canary: [1_000, 600, 400], stable: [6_000, 4_000, 2], earlier: [6_000, 4_000, 1] }
  assert.ok(largestDriftOf(counts, 'tv', NO_ORDER, LOG_20, 1) > 0.1)
})

whole('takes two classes apart even where one is rare', () => {
  const counts = { canary: [1_000, 1_000], stable: [9_990, 10], earlier: [9_990, 10] }
  assert.ok(largestDriftOf(counts, 'psi', NO_ORDER, LOG_20, 1) > 1)
})

const ORDER = { places: [0, 1, 2], widths: [1, 3] }

for (const distance of ['ks', 'w1'] as const) {
  whole(`is above the truth in 95 % of 60 steps, ${distance}`, () => {
    const truth = distanceBetween(gradientOf(distance, ORDER), CANARY, STABLE)
    const random = new Random(`drift bound ${distance}`)
    let missed = 0
    for (let step = 0; step < 60; step += 1) {
      const earlier = multinomial(random, 2_000, STABLE)
      if (largestDriftOf({ ...draw(random, 500), earlier }, distance, ORDER, LOG_20, 1) < truth) missed += 1
    }
    assert.ok(missed <= 8, String(missed))
  })
}

whole('is higher with dispersion', () => {
  const counts = { canary: [500, 500], stable: [2_000, 2_000], earlier: [1_000, 1_000] }
  const high = (dispersion: number) => largestDriftOf(counts, 'psi', NO_ORDER, LOG_20, dispersion)
  assert.ok(high(5) > 3 * high(1))
})

whole.run()

const smallest = suite('smallestDrift()')

for (const distance of ['psi', 'tv', 'js', 'hellinger', 'ks', 'w1'] as const) {
  const gradient = gradientOf(distance, ORDER)

  smallest(`is below the truth at every look in 95 % of 100 steps, ${distance}`, () => {
    const truth = distanceBetween(gradient, CANARY, STABLE)
    const random = new Random(`drift floor ${distance}`)
    let missed = 0
    for (let step = 0; step < 100; step += 1) {
      let counts = { canary: [0, 0, 0], stable: [0, 0, 0] }
      let above = false
      for (const requests of [20, 50, 100, 400]) {
        counts = addDraw(random, counts, requests)
        above ||= smallestDrift(counts, gradient, LOG_20, 1) > truth
      }
      if (above) missed += 1
    }
    assert.ok(missed / 100 <= 0.05 + 3 * Math.sqrt((0.05 * 0.95) / 100), String(missed))
  })

  smallest(`comes close to the distance, ${distance}`, () => {
    const counts = { canary: CANARY.map((p) => 1e5 * p), stable: STABLE.map((p) => 4e5 * p) }
    const truth = distanceBetween(gradient, CANARY, STABLE)
    const low = smallestDrift(counts, gradient, LOG_20, 1)
    assert.ok(low < truth && low > 0.8 * truth, `${low} ${truth}`)
  })
}

smallest('is 0 for equal arms, and for no requests', () => {
  assert.is(smallestDrift({ canary: [60, 40], stable: [600, 400] }, gradientOf('psi', NO_ORDER), LOG_20, 1), 0)
  assert.is(smallestDrift({ canary: [0, 0], stable: [0, 0] }, gradientOf('psi', NO_ORDER), LOG_20, 1), 0)
})

smallest.run()

const dual = suite('leastDual()')

dual('bounds the best choice within the budget, closely where choices are many', () => {
  const part = (steepness: number) => {
    const costs = Array.from({ length: 1_000 }, (_, i) => i / 100)
    return { costs, values: costs.map((cost) => steepness * Math.sqrt(cost)) }
  }
  // The best split of a budget of 5 over 3 sqrt(x) and 4 sqrt(y) gives 5 sqrt(5).
  near(leastDual([part(3), part(4)], 5), 5 * Math.sqrt(5), 1e-4)
})

dual('never falls below what can be reached', () => {
  const random = new Random('dual')
  for (let i = 0; i < 50; i += 1) {
    const parts = [0, 1, 2].map(() => ({
      costs: Array.from({ length: 30 }, () => 4 * random.uniform()),
      values: Array.from({ length: 30 }, () => random.uniform()),
    }))
    let best = -Infinity
    for (let a = 0; a < 30; a += 1) {
      for (let b = 0; b < 30; b += 1) {
        for (let c = 0; c < 30; c += 1) {
          const chosen = [a, b, c]
          const cost = parts.reduce((sum, { costs }, k) => sum + costs[chosen[k]!]!, 0)
          if (cost <= 5)
            best = Math.max(
              best,
              parts.reduce((sum, { values }, k) => sum + values[chosen[k]!]!, 0),
            )
        }
      }
    }
    assert.ok(leastDual(parts, 5) >= best - 1e-12)
  }
})

dual.run()
