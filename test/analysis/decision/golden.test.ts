// Figures of an independent implementation of the same method, in Python. Every one of them has to come out here.
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { gradientOf } from '../../../analysis/decision/distances.ts'
import {
  observeDispersion,
  openDispersion,
  overdispersion,
  type CategoryCounts,
} from '../../../analysis/decision/dispersion.ts'
import { largestDrift } from '../../../analysis/decision/drift-bound.ts'
import {
  DRIFT_LOG_WEIGHTS,
  driftBets,
  fadeForStep,
  openDriftMemory,
  rememberDrift,
} from '../../../analysis/decision/drift-memory.ts'
import { HARM_RATIOS, harmWeights, PROMOTION_RATIOS } from '../../../analysis/decision/grid.ts'
import {
  latencyBets,
  LATENCY_WEIGHTS,
  openLatencyShape,
  rememberLatency,
} from '../../../analysis/decision/latency-bets.ts'
import { latencyLogE } from '../../../analysis/decision/latency-kernel.ts'
import { investMixture, openMixture } from '../../../analysis/decision/mixture.ts'
import { limitBets, oneSampleLogE } from '../../../analysis/decision/one-sample-kernel.ts'
import { addToPromotion, openPromotion, promotionLogE } from '../../../analysis/decision/promotion.ts'
import { tailCounts } from '../../../analysis/decision/tail-shape.ts'
import { twoSampleLogE } from '../../../analysis/decision/two-sample-kernel.ts'
import golden from './golden.json' with { type: 'json' }
import { near, nearAll } from './near.ts'

const CAP = 0.5 * Math.log(100)
const HARM_LOG_WEIGHTS = harmWeights(HARM_RATIOS).map(Math.log)
const LATENCY_LOG_WEIGHTS = LATENCY_WEIGHTS.map(Math.log)
const { windows, new_step: newStep, HA, HB, CA, CB, LE7, HIST } = golden.input
const NO_ORDER = { places: [], widths: [] }

const vectors = suite('golden vectors')
const proved = new Set<string>()

/** Declares the test of one entry. */
function entry(name: keyof typeof golden, test: () => void): void {
  proved.add(name)
  vectors(`hold for ${name}`, test)
}

entry('kernel', () => {
  for (const { na, nb, ea, eb, r, r0, d, log_e: expected } of golden.kernel) {
    const counts = { canaryRequests: na, stableRequests: nb, canaryEvents: ea, stableEvents: eb }
    near(twoSampleLogE(counts, r, r0, d), expected)
  }
})

/** Evidence on error rates after each window. */
function rateEvidence(tolerance: number, robust: boolean): number[] {
  let mixture = openMixture()
  let dispersion = openDispersion(1, 60)
  let step = 0
  return windows.map(([canaryRequests = 0, stableRequests = 0, canaryEvents = 0, stableEvents = 0], i) => {
    const counts = { canaryRequests, stableRequests, canaryEvents, stableEvents }
    const divisor = robust ? overdispersion(dispersion) : 1
    const bets = HARM_RATIOS.map((ratio) => twoSampleLogE(counts, ratio * tolerance, tolerance, 0) / divisor)
    step += newStep[i]!
    mixture = investMixture(mixture, HARM_LOG_WEIGHTS, bets, step, robust ? CAP : Infinity)
    dispersion = observeDispersion(dispersion, { ...counts, canary: [canaryEvents], stable: [stableEvents] })
    return mixture.logE
  })
}

entry('binary_r1', () => {
  nearAll(rateEvidence(1, false), golden.binary_r1)
})

entry('binary_r1.25_cap_phi', () => {
  nearAll(rateEvidence(1.25, true), golden['binary_r1.25_cap_phi'])
})

entry('onesample_1pct', () => {
  const ratios = HARM_RATIOS.filter((ratio) => 0.01 * ratio < 0.98)
  const bets = limitBets(
    0.01,
    ratios.map((ratio) => 0.01 * ratio),
  )
  const logWeights = harmWeights(ratios).map(Math.log)
  let mixture = openMixture()
  const evidence = [2, 6, 7, 6].map((events) => {
    mixture = investMixture(mixture, logWeights, oneSampleLogE(bets, 200, events), 0, CAP)
    return mixture.logE
  })
  nearAll(evidence, golden.onesample_1pct)
})

interface LatencyCase {
  readonly tolerance: number
  readonly history: readonly number[] | null
  readonly robust: boolean
}

/** Evidence on latencies after each window. */
function latencyEvidence({ tolerance, history, robust }: LatencyCase): number[] {
  let shape = openLatencyShape(LE7.length + 1)
  if (history !== null) shape = { ...shape, history }
  let mixture = openMixture()
  let dispersion = openDispersion(1, 60)
  return HA.map((canary, i) => {
    const stable = HB[i]!
    const { ratios, multipliers } = latencyBets(shape, LE7, tolerance)
    const divisor = robust ? overdispersion(dispersion) : 1
    const bets = ratios.map((ratio) => latencyLogE(canary, stable, ratio, multipliers) / divisor)
    const cap = divisor <= 1.5 ? CAP : (2 / 3) * CAP
    mixture = investMixture(mixture, LATENCY_LOG_WEIGHTS, bets, 0, robust ? cap : Infinity)
    shape = rememberLatency(shape, canary, stable)
    dispersion = observeDispersion(dispersion, tailCategories(canary, stable))
    return mixture.logE
  })
}

function tailCategories(canary: readonly number[], stable: readonly number[]): CategoryCounts {
  const canaryRequests = sum(canary)
  const stableRequests = sum(stable)
  const stableTails = tailCounts(stable)
  const shares = tailCounts(canary).map((above, k) => (above + stableTails[k]!) / (canaryRequests + stableRequests))
  const active = (tails: readonly number[]) =>
    tails.map((above, k) => (shares[k]! > 0.002 && shares[k]! < 0.9 ? above : 0))
  return { canaryRequests, stableRequests, canary: active(tailCounts(canary)), stable: active(stableTails) }
}

const LATENCY_CASES = {
  latency_strict: { tolerance: 1, history: HIST, robust: false },
  latency_strict_nohist: { tolerance: 1, history: null, robust: false },
  latency_tol5: { tolerance: 1.05, history: HIST, robust: false },
  latency_tol10: { tolerance: 1.1, history: HIST, robust: false },
  latency_tol5_cap_phi: { tolerance: 1.05, history: HIST, robust: true },
} as const

for (const name of [
  'latency_strict',
  'latency_strict_nohist',
  'latency_tol5',
  'latency_tol10',
  'latency_tol5_cap_phi',
] as const) {
  entry(name, () => {
    nearAll(latencyEvidence(LATENCY_CASES[name]), golden[name])
  })
}

const firstBets = latencyBets({ ...openLatencyShape(LE7.length + 1), history: HIST }, LE7, 1.05)

entry('latency_bets', () => {
  assert.is(firstBets.ratios.length, golden.latency_bets.length)
  firstBets.ratios.forEach((ratios, i) => {
    nearAll(ratios, golden.latency_bets[i]!)
  })
})

entry('latency_m', () => {
  nearAll(firstBets.multipliers ?? [], golden.latency_m)
})

entry('kernel5', () => {
  const rising = [0.8, 0.9, 0.95, 1, 1.05, 1.1, 1.3, 2]
  const steep = [0.1, 0.2, 0.3, 0.5, 1, 2, 9, 99]
  const evidence = [
    latencyLogE(HA[2]!, HB[2]!, rising, null),
    latencyLogE(HA[2]!, HB[2]!, rising, [1, 1.01, 1.02, 1.05, 1.1, 1.2, 1.3]),
    latencyLogE([0, 0, 0, 0, 0, 5, 9, 3], [1, 2, 3, 4, 3, 2, 1, 1], steep, Array<number>(7).fill(1.5)),
  ]
  nearAll(evidence, golden.kernel5)
})

/** Evidence on drift after each window. */
function driftEvidence(
  distance: 'psi' | 'tv',
  limit: number | null,
  steps: readonly number[],
  robust: boolean,
): number[] {
  let memory = openDriftMemory(3)
  let mixture = openMixture()
  let dispersion = openDispersion(1, 60)
  let step = 0
  return CA.map((canary, i) => {
    const window = { canary, stable: CB[i]! }
    if (steps[i] === 1) {
      step += 1
      memory = fadeForStep(memory)
    }
    const divisor = robust ? overdispersion(dispersion) : 1
    const bets = driftBets(memory, window, gradientOf(distance, NO_ORDER), limit).map((logE) => logE / divisor)
    mixture = investMixture(mixture, DRIFT_LOG_WEIGHTS, bets, step, robust ? CAP : Infinity)
    memory = rememberDrift(memory, window)
    const totals = { canaryRequests: sum(canary), stableRequests: sum(window.stable) }
    dispersion = observeDispersion(dispersion, { ...totals, ...window })
    return mixture.logE
  })
}

entry('drift_psi', () => {
  nearAll(driftEvidence('psi', 0.2, [0, 0, 0, 0], false), golden.drift_psi)
})

entry('drift_tv', () => {
  nearAll(driftEvidence('tv', 0.02, [0, 0, 0, 0], false), golden.drift_tv)
})

entry('drift_equal_cap_phi', () => {
  nearAll(driftEvidence('psi', null, [0, 0, 1, 0], true), golden.drift_equal_cap_phi)
})

entry('drift_upper', () => {
  const counts = { canary: [180, 90, 30], stable: [1620, 810, 270], earlier: [1800, 900, 300] }
  const bounds = (['psi', 'tv', 'js', 'hellinger'] as const).map((distance) =>
    largestDrift(counts, distance, Math.log(1 / 0.05)),
  )
  nearAll(bounds, golden.drift_upper)
})

entry('promote2', () => {
  let promotion = openPromotion(1, PROMOTION_RATIOS.length)
  const evidence = [
    { canaryRequests: 500, stableRequests: 4_500, canaryEvents: 4, stableEvents: 45 },
    { canaryRequests: 500, stableRequests: 4_500, canaryEvents: 5, stableEvents: 44 },
  ].map((counts) => {
    const bets = PROMOTION_RATIOS.map((fraction) => twoSampleLogE(counts, 1.25 * fraction, 1.25, 0.005))
    promotion = addToPromotion(promotion, bets, 1)
    return promotionLogE(promotion)
  })
  nearAll(evidence, golden.promote2)
})

entry('promote1', () => {
  const bets = limitBets(
    0.01,
    PROMOTION_RATIOS.map((fraction) => 0.01 * fraction),
  )
  let promotion = openPromotion(1, PROMOTION_RATIOS.length)
  const evidence = [0, 1].map((events) => {
    promotion = addToPromotion(promotion, oneSampleLogE(bets, 500, events), 1)
    return promotionLogE(promotion)
  })
  nearAll(evidence, golden.promote1)
})

vectors('are all used', () => {
  assert.equal(
    Object.keys(golden).filter((name) => name !== 'input' && !proved.has(name)),
    [],
  )
})

vectors.run()

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0)
}
