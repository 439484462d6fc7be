import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { CanaryStep, Rollout } from '#manifest'
import { planSteps } from '../../../src/rehearsal/planned-step.ts'

function rollout(steps: readonly CanaryStep[], maxTrafficWeight = 100): Rollout {
  return { name: 'iris', namespace: 'default', steps, maxTrafficWeight, background: null }
}

const analysis = { kind: 'analysis', analysis: { templates: ['slo', 'smoke'], args: [] } } as const

const test = suite('planSteps()')

test('gives every step its title, weight and action', () => {
  const steps = planSteps(
    rollout([
      { kind: 'setWeight', weight: 10 },
      { kind: 'pause', durationMs: 300_000 },
      { kind: 'pause', durationMs: null },
      analysis,
      { kind: 'gate' },
      { kind: 'other', field: 'setCanaryScale' },
      { kind: 'setWeight', weight: 50 },
    ]),
    1,
    true,
  )
  assert.equal(
    steps.map(({ title, weight, action }) => [title, weight, action]),
    [
      ['setWeight 10', 10, { kind: 'weight' }],
      ['pause 5 min', 10, { kind: 'hold', durationMs: 300_000 }],
      ['pause until promoted', 10, { kind: 'gate' }],
      ['analysis slo, smoke', 10, { kind: 'gate' }],
      ['plugin modelgate/gate', 10, { kind: 'gate' }],
      ['setCanaryScale', 10, { kind: 'passOver' }],
      ['setWeight 50', 50, { kind: 'weight' }],
    ],
  )
  assert.equal(
    steps.map(({ index }) => index),
    [0, 1, 2, 3, 4, 5, 6],
  )
})

test('divides pauses by the time scale and keeps their titles', () => {
  const [step] = planSteps(rollout([{ kind: 'pause', durationMs: 300_000 }]), 60, true)
  assert.equal(step?.action, { kind: 'hold', durationMs: 5_000 })
  assert.is(step?.title, 'pause 5 min')
})

test('turns weights out of maxTrafficWeight into percentages', () => {
  const [step] = planSteps(rollout([{ kind: 'setWeight', weight: 250 }], 1_000), 1, true)
  assert.is(step?.weight, 25)
  assert.is(step?.title, 'setWeight 250')
})

for (const [what, pairs, waiting] of [
  ['passes over gates that neither traffic nor pairs reach', false, 'passOver'],
  ['keeps gates before the first traffic where pairs are compared', true, 'gate'],
] as const) {
  test(what, () => {
    const steps = planSteps(
      rollout([analysis, { kind: 'pause', durationMs: null }, { kind: 'setWeight', weight: 0 }, analysis]),
      1,
      pairs,
    )
    assert.equal(
      steps.map(({ action }) => action.kind),
      [waiting, waiting, 'weight', waiting],
    )
  })
}

test.run()
