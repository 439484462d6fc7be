import { totalOf, type ArmCounts } from './counts.ts'
import type { GradientOf } from './distances.ts'
import { logGamma } from './log-gamma.ts'

/** Jeffreys' prior for the shares of an arm, Dirichlet(1/2, …). */
const PRIOR = 0.5
const GOLDEN = 0.6180339887498949
const GOLDEN_STEPS = 40

/**
 * Lower bound on the distance of the two arms' distributions, for display.
 *
 * Each arm's distribution lies, at every look with probability 1 - beta / 2, among those that a Dirichlet mixture has not
 * rejected: a ball in Kullback-Leibler divergence around the counted shares. The distance is convex and homogeneous, so its
 * tangent at the counted shares bounds it from below everywhere, and the least value of a linear function over such a ball is
 * the maximum of exp(mean ln(slope + nu) - radius) - nu over nu, any of which gives a bound (Lagrangian duality).
 *
 * @param logClear ln(1 / beta)
 * @param dispersion at least 1; the counts are taken as that many times fewer independent ones
 */
export function smallestDrift(counts: ArmCounts, gradient: GradientOf, logClear: number, dispersion: number): number {
  const slope = gradient(sharesOf(counts.canary), sharesOf(counts.stable))
  const low =
    leastMean(counts.canary, slope.canary, logClear, dispersion) +
    leastMean(counts.stable, slope.stable, logClear, dispersion)
  return Math.max(low, 0)
}

/** Shares with half a prediction added to each category, so that none is 0. */
export function sharesOf(counts: readonly number[]): number[] {
  const all = totalOf(counts) + PRIOR * counts.length
  return counts.map((count) => (count + PRIOR) / all)
}

/** Least mean of the slopes under any distribution in one arm's confidence set. */
function leastMean(counts: readonly number[], slopes: readonly number[], logClear: number, dispersion: number): number {
  const events = counts.map((count) => count / dispersion)
  const total = totalOf(events)
  const lowest = Math.min(...slopes)
  const spread = Math.max(...slopes) - lowest
  if (total <= 0 || spread === 0) return lowest
  const radius = (logClear + Math.LN2 + mixturePrice(events, total)) / total
  const bound = (logOffset: number) => {
    // nu = offset - lowest keeps every slope + nu positive.
    const offset = Math.exp(logOffset)
    let mean = 0
    for (let k = 0; k < slopes.length; k += 1) {
      if (events[k]! > 0) mean += (events[k]! / total) * Math.log(slopes[k]! - lowest + offset)
    }
    return Math.exp(mean - radius) - offset + lowest
  }
  return Math.max(highest(bound, Math.log(1e-9 * spread), Math.log(1e6 * spread)), lowest)
}

/** ln of the likelihood at the counted shares over the Dirichlet mixture's. */
function mixturePrice(events: readonly number[], total: number): number {
  const size = events.length
  let price = logGamma(total + PRIOR * size) - logGamma(PRIOR * size)
  for (const count of events) {
    price += logGamma(PRIOR) - logGamma(count + PRIOR)
    if (count > 0) price += count * Math.log(count / total)
  }
  return price
}

/** Highest value of a function with one peak, by golden-section search. */
function highest(value: (x: number) => number, from: number, to: number): number {
  let low = from
  let high = to
  for (let step = 0; step < GOLDEN_STEPS; step += 1) {
    const a = high - GOLDEN * (high - low)
    const b = low + GOLDEN * (high - low)
    if (value(a) > value(b)) high = b
    else low = a
  }
  return value((low + high) / 2)
}
