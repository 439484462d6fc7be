import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  keepCategories,
  observeDispersion,
  openDispersion,
  overdispersion,
  type CategoryCounts,
} from '../../../analysis/decision/dispersion.ts'
import { Random } from '../../support/random.ts'
import { binomial, poisson } from '../../support/sampling.ts'
import { near } from './near.ts'

const test = suite('observeDispersion()')

/** Dispersion after so many windows of errors in clusters of a size. */
function measure(seed: string, clusterSize: number, windows: number, paired = false): number {
  const random = new Random(seed)
  let state = openDispersion(1, 20)
  for (let i = 0; i < windows; i += 1) {
    const canary = clusterSize * poisson(random, 20 / clusterSize)
    const stable = paired ? null : [clusterSize * poisson(random, 180 / clusterSize)]
    const counts: CategoryCounts = { canaryRequests: 1_000, stableRequests: 9_000, canary: [canary], stable }
    state = observeDispersion(state, counts)
  }
  return overdispersion(state)
}

test('stays near 1 for independent requests', () => {
  const found = measure('independent', 1, 400)
  assert.ok(found >= 1 && found < 1.3, String(found))
})

test('finds the size of clusters', () => {
  const found = measure('clusters', 5, 400)
  assert.ok(found > 4 && found < 7, String(found))
})

test('finds clusters with one arm as well', () => {
  const found = measure('paired clusters', 5, 400, true)
  assert.ok(found > 4 && found < 7, String(found))
})

test('does not take a constant regression for scatter', () => {
  const random = new Random('constant regression')
  let state = openDispersion(1, 20)
  for (let i = 0; i < 300; i += 1) {
    const counts = { canaryRequests: 1_000, stableRequests: 9_000 }
    state = observeDispersion(state, {
      ...counts,
      canary: [binomial(random, 1_000, 0.05)],
      stable: [binomial(random, 9_000, 0.01)],
    })
  }
  assert.ok(overdispersion(state) < 1.3)
})

test('starts from what was assumed', () => {
  near(overdispersion(openDispersion(7, 60)), 7)
  near(overdispersion(openDispersion(0.2, 60)), 1)
})

test('takes categories that come later', () => {
  const first = observeDispersion(openDispersion(1, 20), {
    canaryRequests: 10,
    stableRequests: 90,
    canary: [4],
    stable: [36],
  })
  const second = observeDispersion(first, {
    canaryRequests: 10,
    stableRequests: 90,
    canary: [4, 3],
    stable: [36, 20],
  })
  assert.equal(second.total?.canary, [8, 3])
})

test.run()

const keep = suite('keepCategories()')

keep('keeps counts at their new places', () => {
  const counts = { canaryRequests: 10, stableRequests: 90, canary: [1, 2, 3], stable: [4, 5, 6] }
  const kept = keepCategories(observeDispersion(openDispersion(1, 20), counts), [2, 0])
  assert.equal(kept.total?.canary, [3, 1])
  assert.equal(kept.total?.stable, [6, 4])
})

keep.run()
