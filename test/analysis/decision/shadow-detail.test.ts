import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  addShadowDetail,
  MAX_SLICES,
  noiseShare,
  openShadowDetail,
  OTHER_SLICES,
  sliceShares,
  type PairCounts,
  type ShadowCounts,
} from '#decision'
import { rateEstimate } from '../../../analysis/decision/confidence.ts'
import { Random } from '../../support/random.ts'
import { binomial } from '../../support/sampling.ts'

/** The detail after windows, with the counts of all pairs. */
function after(windows: readonly ShadowCounts[]) {
  return {
    detail: windows.reduce(addShadowDetail, openShadowDetail()),
    all: windows.reduce<PairCounts>(
      (sum, { pairs, disagreements = 0 }) => ({
        pairs: sum.pairs + pairs,
        disagreements: sum.disagreements + disagreements,
      }),
      { pairs: 0, disagreements: 0 },
    ),
  }
}

const add = suite('addShadowDetail()')

add('adds up causes, noise and slices over windows', () => {
  const { detail } = after([
    {
      pairs: 10,
      disagreements: 3,
      causes: { nan: 2, label: 1 },
      slices: { acme: { pairs: 6, disagreements: 3 }, globex: { pairs: 4, disagreements: 0 } },
    },
    { pairs: 0, noise: { pairs: 100, disagreements: 2 } },
    {
      pairs: 5,
      disagreements: 1,
      causes: { label: 1, form: 0 },
      noise: { pairs: 50, disagreements: 1 },
      slices: { acme: { pairs: 5, disagreements: 1 } },
    },
  ])
  assert.equal(detail, {
    causes: { label: 2, nan: 2 },
    noise: { pairs: 150, disagreements: 3 },
    slices: [
      { slice: 'acme', pairs: 11, disagreements: 4 },
      { slice: 'globex', pairs: 4, disagreements: 0 },
    ],
  })
  assert.equal(JSON.parse(JSON.stringify(detail)), detail)
})

add('costs nothing where none was counted', () => {
  const { detail } = after([{ pairs: 10, noise: { pairs: 1, disagreements: 0 } }])
  assert.is(addShadowDetail(detail, { pairs: 10, disagreements: 1 }), detail)
  assert.is(addShadowDetail(detail, undefined), detail)
})

add('bounds the slices, and loses no pair', () => {
  const windows = Array.from({ length: 50 }, (_, window) => ({
    pairs: 9,
    slices: Object.fromEntries(
      [
        'constructor',
        'toString',
        OTHER_SLICES,
        ...Array.from({ length: 6 }, (__, k) => `tenant ${6 * window + k}`),
      ].map((slice) => [slice, { pairs: 1, disagreements: 1 }]),
    ),
  }))
  const { slices } = after(windows).detail
  assert.is(slices.length, MAX_SLICES)
  assert.is(
    slices.reduce((sum, { pairs }) => sum + pairs, 0),
    450,
  )
  assert.is(slices.find(({ slice }) => slice === 'constructor')?.pairs, 50)
})

add.run()

const noise = suite('noiseShare()')

noise('is a rate with the interval of every rate', () => {
  const { detail } = after([{ pairs: 0, noise: { pairs: 2_000, disagreements: 62 } }])
  assert.equal(noiseShare(detail, 2), { pairs: 2_000, disagreements: 62, estimate: rateEstimate(62, 2_000, 2) })
})

noise('is null where stable was not asked twice', () => {
  assert.is(noiseShare(openShadowDetail(), 1), null)
})

noise.run()

const shares = suite('sliceShares()')

shares('puts the slice first that is surely bad, not the one of a single pair', () => {
  const { detail, all } = after([
    {
      pairs: 1_201,
      disagreements: 112,
      slices: {
        single: { pairs: 1, disagreements: 1 },
        good: { pairs: 1_000, disagreements: 10 },
        bad: { pairs: 200, disagreements: 101 },
      },
    },
  ])
  const found = sliceShares(detail, all, 1)
  assert.equal(
    found.map(({ slice, standsOut }) => [slice, standsOut]),
    [
      ['bad', true],
      ['single', false],
      ['good', false],
    ],
  )
  assert.ok(found[0]!.estimate.low > 0.3 && found[0]!.estimate.high < 0.7, JSON.stringify(found[0]))
})

shares('names none where all pairs are of one slice', () => {
  const { detail, all } = after([{ pairs: 50, disagreements: 50, slices: { only: { pairs: 50, disagreements: 50 } } }])
  assert.equal(
    sliceShares(detail, all, 1).map(({ standsOut }) => standsOut),
    [false],
  )
})

shares('names none where the counts come in bursts that could be chance', () => {
  const { detail, all } = after([
    {
      pairs: 300,
      disagreements: 40,
      slices: { a: { pairs: 100, disagreements: 30 }, b: { pairs: 200, disagreements: 10 } },
    },
  ])
  assert.is(sliceShares(detail, all, 1)[0]?.standsOut, true)
  assert.is(sliceShares(detail, all, 10)[0]?.standsOut, false)
})

/** Part of the rollouts of 40 looks in which some slice but the given one, or the given one, stood out at some look. */
function stoodOut(rollouts: number, shareOf: (slice: number) => number): { named: number; first: number } {
  const random = new Random(`slices ${shareOf(0)}`)
  let named = 0
  let first = 0
  for (let rollout = 0; rollout < rollouts; rollout += 1) {
    let detail = openShadowDetail()
    let all = { pairs: 0, disagreements: 0 }
    const out = new Set<string>()
    for (let look = 0; look < 40; look += 1) {
      const counts = Array.from({ length: 20 }, (_, k) => ({
        pairs: 20,
        disagreements: binomial(random, 20, shareOf(k)),
      }))
      const disagreements = counts.reduce((sum, { disagreements: differ }) => sum + differ, 0)
      const slices = Object.fromEntries(counts.map((pairs, k) => [`s${k}`, pairs]))
      detail = addShadowDetail(detail, { pairs: 400, disagreements, slices })
      all = { pairs: all.pairs + 400, disagreements: all.disagreements + disagreements }
      for (const { slice, standsOut } of sliceShares(detail, all, 1)) if (standsOut) out.add(slice)
    }
    if (out.has('s0')) first += 1
    if (out.size > (out.has('s0') ? 1 : 0)) named += 1
  }
  return { named: named / rollouts, first: first / rollouts }
}

shares('name a slice in at most 5 % of rollouts in which all 20 are alike, looked at 40 times', () => {
  const { named, first } = stoodOut(200, () => 0.03)
  assert.ok(named + first <= 0.05 + 3 * Math.sqrt((0.05 * 0.95) / 200), `${named} and ${first}`)
})

shares('name the slice with a tenfold share', () => {
  const { named, first } = stoodOut(40, (slice) => (slice === 0 ? 0.2 : 0.02))
  assert.is(first, 1)
  assert.ok(named <= 0.1, String(named))
})

shares.run()
