import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { MAX_SLICES, OTHER_SLICES, windowSchema } from '#decision'
import { parseInput } from '#faults'
import type { TargetCounts } from '../../../analysis/evidence/arm-counts.ts'
import type { ArmName } from '../../../analysis/evidence/counter.ts'
import { addNoise, addSlices } from '../../../analysis/evidence/shadow-counts.ts'
import { makeTarget, scrapeOf, type Reading } from './builders.ts'

/** What a pod counted in one window. */
function counted(arm: ArmName, pod: string, readings: readonly Reading[]): TargetCounts {
  const target = makeTarget(pod, arm)
  return { target, counts: scrapeOf(target, 0, readings).values }
}

const twice = (pairs: number, disagreements: number): Reading[] => [
  ['shadow_noise_pairs_total', {}, pairs],
  ['shadow_noise_disagreements_total', {}, disagreements],
]

const inSlice = (slice: string, pairs: number, disagreements: number): Reading[] => [
  ['shadow_slice_pairs_total', { slice }, pairs],
  ['shadow_slice_disagreements_total', { slice }, disagreements],
]

const noise = suite('addNoise()')

noise('adds up how often stable contradicted itself, never the canary', () => {
  const targets = [
    counted('stable', 's1', twice(100, 3)),
    counted('stable', 's2', twice(50, 0)),
    counted('canary', 'c1', twice(70, 70)),
  ]
  assert.equal(addNoise(targets), { pairs: 150, disagreements: 3 })
})

noise('is undefined where nobody asked twice', () => {
  assert.is(addNoise([counted('stable', 's1', []), counted('canary', 'c1', twice(9, 0))]), undefined)
  assert.is(addNoise([counted('stable', 's1', twice(0, 0))]), undefined)
})

noise.run()

const slices = suite('addSlices()')

slices('adds up each slice over the pods, and leaves out those without a pair', () => {
  const targets = [
    counted('canary', 'c1', [...inSlice('acme', 10, 4), ...inSlice('idle', 0, 0)]),
    counted('canary', 'c2', [...inSlice('acme', 5, 1), ...inSlice('globex', 2, 0)]),
  ]
  assert.equal(addSlices(targets), { acme: { pairs: 15, disagreements: 5 }, globex: { pairs: 2, disagreements: 0 } })
})

slices('is undefined where no slices are counted', () => {
  assert.is(addSlices([counted('canary', 'c1', [])]), undefined)
})

slices('counts the smallest together where pods have chosen too many', () => {
  const targets = Array.from({ length: 3 }, (_, pod) =>
    counted('canary', `c${pod}`, [
      ...Array.from({ length: 50 }, (__, k) => inSlice(`tenant ${pod}/${k}`, 100 - k, 1)).flat(),
      ...inSlice(OTHER_SLICES, 1_000, 2),
    ]),
  )
  const found = addSlices(targets) ?? {}
  const total = (name: 'pairs' | 'disagreements') => Object.values(found).reduce((sum, counts) => sum + counts[name], 0)
  assert.is(Object.keys(found).length, MAX_SLICES - 1)
  assert.equal([total('pairs'), total('disagreements')], [3 * (50 * 75.5 + 1_000), 3 * 52])
  assert.ok((found[OTHER_SLICES]?.pairs ?? 0) > 3_000)
})

slices('are evidence, whatever the slices are called', () => {
  const names = ['constructor', '__proto__', 'toString', '', 'x'.repeat(500), '1']
  const found = addSlices([
    counted(
      'canary',
      'c1',
      names.flatMap((name) => inSlice(name || 'none', 3, 2)),
    ),
  ])
  assert.equal(Object.values(found ?? {}), Array(6).fill({ pairs: 3, disagreements: 2 }))
  const window = { at: '2026-01-01T00:00:10Z', weight: 0, shadow: { pairs: 18, slices: found } }
  assert.is(Object.keys(parseInput(windowSchema, window, 'a window').shadow?.slices ?? {}).length, 5)
})

slices.run()
