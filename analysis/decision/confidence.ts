import { logGamma } from './log-gamma.ts'
import type { Estimate } from './verdict.ts'

/** Confidence of an interval for display. */
const CONFIDENCE = 0.95
/** Jeffreys' prior Beta(1/2, 1/2), of which ln B(1/2, 1/2) = ln pi. */
const PRIOR = 0.5
const LOG_PRIOR_BETA = Math.log(Math.PI)

/**
 * A rate with the interval that holds the truth at every look with 95 % confidence: all rates that the mixture of Beta(1/2,
 * 1/2) over alternatives has not rejected at 20 (Robbins, DOI 10.1214/aoms/1177696786). For display; wider than an interval
 * for one look.
 *
 * @param dispersion at least 1; the counts are taken as that many times fewer independent ones
 */
export function rateEstimate(
  events: number,
  requests: number,
  dispersion: number,
  confidence = CONFIDENCE,
): Estimate | null {
  if (requests <= 0) return null
  const bad = events / dispersion
  const good = (requests - events) / dispersion
  const value = events / requests
  const evidence = logGamma(PRIOR + bad) + logGamma(PRIOR + good) - logGamma(1 + bad + good) - LOG_PRIOR_BETA
  const excess = (rate: number) => {
    const badPart = bad === 0 ? 0 : bad * Math.log(rate)
    const goodPart = good === 0 ? 0 : good * Math.log1p(-rate)
    return evidence - badPart - goodPart + Math.log(1 - confidence)
  }
  return {
    value,
    low: events === 0 ? 0 : edge(excess, value, 0),
    high: events === requests ? 1 : edge(excess, value, 1),
  }
}

/** Bisection between a rate inside the interval and a rate outside it. */
function edge(excess: (rate: number) => number, inside: number, outside: number): number {
  let near = inside
  let far = outside
  for (let step = 0; step < 30; step += 1) {
    const middle = (near + far) / 2
    if (excess(middle) > 0) far = middle
    else near = middle
  }
  return far
}
