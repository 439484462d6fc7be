import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  learnScatter,
  observeScatter,
  openScatter,
  scatterOf,
  startScatter,
} from '../../../analysis/decision/scatter.ts'
import { Random } from '../../support/random.ts'
import { poisson } from '../../support/sampling.ts'
import { near } from './near.ts'

const test = suite('startScatter()')

/** Errors of one stable pod beside nine, in clusters. */
function errors(random: Random, clusterSize: number) {
  return {
    canaryRequests: 1_000,
    stableRequests: 9_000,
    canary: [clusterSize * poisson(random, 20 / clusterSize)],
    stable: [clusterSize * poisson(random, 180 / clusterSize)],
  }
}

test('takes over what stable against itself has shown, with the weight of its length', () => {
  const random = new Random('scatter history')
  let scatter = openScatter()
  for (let i = 0; i < 720; i += 1) scatter = learnScatter(scatter, errors(random, 5), 10_000)
  const started = startScatter(scatter)
  near(scatterOf(started), scatterOf(scatter))
  assert.ok(scatterOf(started) > 4)
  assert.is(started.dispersion.priorBlocks, 120)
})

test('assumes independence without history', () => {
  const started = startScatter(openScatter())
  assert.is(scatterOf(started), 1)
  assert.is(started.dispersion.priorBlocks, 20)
  assert.is(started.historyMs, 0)
})

test('starts once', () => {
  const started = observeScatter(startScatter(openScatter()), errors(new Random('once'), 1))
  assert.is(startScatter(started), started)
})

test('leaves out windows in which an arm had no requests', () => {
  const started = startScatter(openScatter())
  const empty = { canaryRequests: 0, stableRequests: 9_000, canary: [0], stable: [90] }
  assert.is(observeScatter(started, empty), started)
})

test.run()
