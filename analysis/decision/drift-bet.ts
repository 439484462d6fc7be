import type { GradientOf } from './distances.ts'

/** Newton steps to the tangent point and to the stake; both are concave in one variable and converge in three or four. */
const TANGENT_STEPS = 4
const STAKE_STEPS = 6
const LARGEST_STAKE = 1e6
/** Part of the largest stake that keeps every factor positive. */
const USABLE_STAKE = 0.95

/** What each prediction of a category multiplies the wealth by; null for no bet. */
export interface DriftFactors {
  readonly canary: readonly number[]
  readonly stable: readonly number[]
}

/** Bet against "both arms predict alike": each category's share over the pooled share. */
export function equalityBet(canary: readonly number[], stable: readonly number[], split: number): DriftFactors {
  const pool = canary.map((share, k) => split * share + (1 - split) * stable[k]!)
  return {
    canary: canary.map((share, k) => share / pool[k]!),
    stable: stable.map((share, k) => share / pool[k]!),
  }
}

/**
 * Bet against "the distance is at most `limit`", from estimates of both distributions.
 *
 * The distance is convex and homogeneous, so its tangent at any point bounds it from below everywhere:
 * <g_a, p_a> + <g_b, p_b> <= D(p_a, p_b). The factors 1 + mu (g_a - c) / theta and 1 + mu (g_b - (limit - c)) / (1 - theta)
 * therefore have a weighted mean of at most 1 under the null, whatever tangent point, c and mu are chosen beforehand: wrong
 * estimates cost power and never validity. The tangent point lies on the limit, between the pool and the estimate; the stake
 * mu maximises the expected log wealth under the estimate.
 *
 * @param split the canary's observed part of this window's requests, exact, strictly between 0 and 1
 * @returns null when the estimate is within the limit
 */
export function toleranceBet(
  canary: readonly number[],
  stable: readonly number[],
  split: number,
  gradient: GradientOf,
  limit: number,
): DriftFactors | null {
  const tangent = tangentAt(canary, stable, split, gradient, limit)
  if (tangent === null) return null
  const { canarySlope, stableSlope, level } = tangent
  const u = canarySlope.map((slope) => (slope - level) / split)
  const v = stableSlope.map((slope) => (slope - (limit - level)) / (1 - split))
  const stake = bestStake(canary, stable, split, u, v)
  return { canary: u.map((value) => 1 + stake * value), stable: v.map((value) => 1 + stake * value) }
}

/** Slope of the distance at the tangent point, and the canary's part of its value there. */
interface Tangent {
  readonly canarySlope: readonly number[]
  readonly stableSlope: readonly number[]
  readonly level: number
}

function tangentAt(
  canary: readonly number[],
  stable: readonly number[],
  split: number,
  gradient: GradientOf,
  limit: number,
): Tangent | null {
  const size = canary.length
  const pool = canary.map((share, k) => split * share + (1 - split) * stable[k]!)
  const p = [...canary]
  const q = [...stable]
  let fraction = 1
  for (let step = 0; ; step += 1) {
    const slope = gradient(p, q)
    let level = 0
    let rest = 0
    let rise = 0
    for (let k = 0; k < size; k += 1) {
      const a = slope.canary[k]!
      const b = slope.stable[k]!
      level += p[k]! * a
      rest += q[k]! * b
      rise += a * (canary[k]! - pool[k]!) + b * (stable[k]! - pool[k]!)
    }
    const distance = level + rest
    if (step === 0 && !(distance > limit)) return null
    if (step === TANGENT_STEPS) return { canarySlope: slope.canary, stableSlope: slope.stable, level }
    fraction = Math.min(Math.max(fraction - (distance - limit) / (rise > 0 ? rise : 1), 0), 1)
    for (let k = 0; k < size; k += 1) {
      p[k] = pool[k]! + fraction * (canary[k]! - pool[k]!)
      q[k] = pool[k]! + fraction * (stable[k]! - pool[k]!)
    }
  }
}

function bestStake(
  canary: readonly number[],
  stable: readonly number[],
  split: number,
  u: readonly number[],
  v: readonly number[],
): number {
  let lowest = Infinity
  for (let k = 0; k < u.length; k += 1) lowest = Math.min(lowest, u[k]!, v[k]!)
  const largest = lowest < 0 ? USABLE_STAKE / -lowest : LARGEST_STAKE
  let stake = 0
  for (let step = 0; step < STAKE_STEPS; step += 1) {
    let slope = 0
    let curvature = 0
    for (let k = 0; k < u.length; k += 1) {
      const x = u[k]! / (1 + stake * u[k]!)
      const y = v[k]! / (1 + stake * v[k]!)
      slope += split * canary[k]! * x + (1 - split) * stable[k]! * y
      curvature += split * canary[k]! * x * x + (1 - split) * stable[k]! * y * y
    }
    stake = Math.min(Math.max(stake + slope / Math.max(curvature, Number.MIN_VALUE), 0), largest)
  }
  return stake
}

/** Log e-value of one window's counts under a bet. */
export function driftLogE(factors: DriftFactors, canary: readonly number[], stable: readonly number[]): number {
  let logE = 0
  for (let k = 0; k < canary.length; k += 1) {
    if (canary[k] !== 0) logE += canary[k]! * Math.log(factors.canary[k]!)
    if (stable[k] !== 0) logE += stable[k]! * Math.log(factors.stable[k]!)
  }
  return logE
}
