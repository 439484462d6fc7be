import { logGamma } from './log-gamma.ts'
import type { Estimate } from './verdict.ts'

/** Confidence of an interval for display. */
const CONFIDENCE = 0.95
/** Jeffreys' prior Beta(1/2, 1/2), of which ln B(1/2, 1/2) = ln pi. */
const PRIOR = 0.5
const LOG_PRIOR_BETA = Math.log(Math.PI)
const NEWTON_STEPS = 30

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
  const total = bad + good
  const evidence = logGamma(PRIOR + bad) + logGamma(PRIOR + good) - logGamma(1 + total) - LOG_PRIOR_BETA
  const allowance = Math.log(1 / (1 - confidence)) - evidence
  const value = events / requests
  if (bad === 0) return { value, low: 0, high: -Math.expm1(-allowance / total) }
  if (good === 0) return { value, low: Math.exp(-allowance / total), high: 1 }
  return { value, low: edge(bad, good, allowance, -1), high: edge(bad, good, allowance, 1) }
}

/**
 * Rate at which -bad ln(rate) - good ln(1 - rate) reaches the allowance, on one side of the counted rate. In the log-odds of
 * the rate that is a convex function, so Newton's method, once beyond the edge, comes back to it from outside.
 */
function edge(bad: number, good: number, allowance: number, direction: 1 | -1): number {
  const total = bad + good
  const least = -bad * Math.log(bad / total) - good * Math.log(good / total)
  const spread = Math.sqrt((2 * Math.max(allowance - least, 0) * total) / (bad * good))
  let logOdds = Math.log(bad / good) + direction * spread
  for (let step = 0; step < NEWTON_STEPS; step += 1) {
    // ln(1 + e^x) without overflow.
    const softplus = Math.max(logOdds, 0) + Math.log1p(Math.exp(-Math.abs(logOdds)))
    const excess = total * softplus - bad * logOdds - allowance
    const slope = total / (1 + Math.exp(-logOdds)) - bad
    if (!(direction * slope > 0)) break
    const move = excess / slope
    logOdds -= move
    if (Math.abs(move) < 1e-6) break
  }
  return 1 / (1 + Math.exp(-logOdds))
}
