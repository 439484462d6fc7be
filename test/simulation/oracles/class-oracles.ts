import type { Arm } from '#decision'
import type { Judge } from '../judge.ts'
import { stabilityIndex } from '../traffic/class-shares.ts'
import { likelihoodRatio, weighLogs } from './likelihood-ratio.ts'
import { splitLogRatio } from './split-oracles.ts'

/** Knows both versions' true class shares; nobody can know more. */
export function classOracle1(canary: readonly number[], stable: readonly number[]): Judge {
  const logs = canary.map((share, k) => Math.log(share / stable[k]!))
  return likelihoodRatio('oracle-1', (window) => weighLogs(classCounts(window.canary, canary.length), logs))
}

/** Knows by which ratio each class's share differs, but not the shares themselves. */
export function classOracle2(canary: readonly number[], stable: readonly number[]): Judge {
  const ratios = canary.map((share, k) => share / stable[k]!)
  return likelihoodRatio('oracle-2', (window) =>
    splitLogRatio(classCounts(window.canary, canary.length), classCounts(window.stable, canary.length), ratios),
  )
}

/**
 * Knows both versions' true shares and bets, with the stake that grows fastest, against "the stability index is at most
 * `limit`". The bet is linear in a tangent of the index at a point on the limit: since the index is convex and homogeneous
 * of degree 1, no tolerated pair of distributions can win on it.
 */
export function indexOracle(canary: readonly number[], stable: readonly number[], limit: number, theta: number): Judge {
  const { onCanary, onStable } = bestBet(canary, stable, limit, theta)
  return likelihoodRatio(
    'oracle-2, tolerant',
    (window) =>
      weighLogs(classCounts(window.canary, canary.length), onCanary) +
      weighLogs(classCounts(window.stable, canary.length), onStable),
  )
}

function bestBet(canary: readonly number[], stable: readonly number[], limit: number, theta: number) {
  const pool = canary.map((share, k) => theta * share + (1 - theta) * stable[k]!)
  const towards = (end: readonly number[], f: number) => pool.map((share, k) => share + f * (end[k]! - share))
  const f = bisect(0, 1, (x) => stabilityIndex(towards(canary, x), towards(stable, x)) < limit)
  const [qa, qb] = [towards(canary, f), towards(stable, f)]
  const slopeA = qa.map((share, k) => Math.log(share / qb[k]!) + 1 - qb[k]! / share)
  const slopeB = qa.map((share, k) => Math.log(qb[k]! / share) + 1 - share / qb[k]!)
  const centre = slopeA.reduce((sum, slope, k) => sum + slope * qa[k]!, 0)
  const gainA = slopeA.map((slope) => (slope - centre) / theta)
  const gainB = slopeB.map((slope) => (slope - (limit - centre)) / (1 - theta))
  const worst = Math.min(...gainA, ...gainB)
  const growthRises = (stake: number) =>
    canary.reduce((sum, share, k) => sum + (theta * share * gainA[k]!) / (1 + stake * gainA[k]!), 0) +
      stable.reduce((sum, share, k) => sum + ((1 - theta) * share * gainB[k]!) / (1 + stake * gainB[k]!), 0) >
    0
  const stake = bisect(0, worst < 0 ? 0.999 / -worst : 1e6, growthRises)
  return {
    onCanary: gainA.map((gain) => Math.log1p(stake * gain)),
    onStable: gainB.map((gain) => Math.log1p(stake * gain)),
  }
}

/** The point up to which a condition holds. */
function bisect(least: number, most: number, holds: (x: number) => boolean): number {
  let [low, high] = [least, most]
  for (let i = 0; i < 100; i++) {
    const middle = (low + high) / 2
    if (holds(middle)) low = middle
    else high = middle
  }
  return low
}

function classCounts(arm: Arm | undefined, classes: number): number[] {
  return Array.from({ length: classes }, (_, k) => arm?.predictions?.[`class-${k}`] ?? 0)
}
