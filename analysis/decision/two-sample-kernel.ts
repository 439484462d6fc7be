/** Requests and events (bad requests) of both arms in one window. */
export interface RateCounts {
  readonly canaryRequests: number
  readonly stableRequests: number
  readonly canaryEvents: number
  readonly stableEvents: number
}

/**
 * Log e-value of one window for the ratio of two event rates.
 *
 * With `ratio` above `tolerance` the null is "canary rate <= tolerance * stable rate + margin" (evidence of harm); with
 * `ratio` below it is "canary rate >= …" (evidence for promotion). The expectation is at most 1 for independent requests
 * of any, even unequal, probabilities: E[x^e] <= exp(n p (x - 1)), and the two exponents cancel under the null. What that
 * bound gives away is a factor of about 1 - p of the information. The ratio form is that of the two-sample e-variable of
 * Turner, Ly and Grünwald (arXiv 2106.02693).
 *
 * @param margin added to the tolerated rate, a fraction
 * @returns 0 where one arm had no requests
 */
export function twoSampleLogE(counts: RateCounts, ratio: number, tolerance: number, margin: number): number {
  const { canaryRequests, stableRequests } = counts
  if (canaryRequests <= 0 || stableRequests <= 0) return 0
  const logStable = Math.log((tolerance * canaryRequests + stableRequests) / (ratio * canaryRequests + stableRequests))
  const logCanary = Math.log(ratio / tolerance) + logStable
  const evidence = counts.canaryEvents * logCanary + counts.stableEvents * logStable
  return margin === 0 ? evidence : evidence - Math.expm1(logCanary) * margin * canaryRequests
}
