/**
 * Log e-value of one window of pairs against "an input fails on the canary alone no more often than on stable alone", the
 * question of McNemar's test (DOI 10.1007/BF02295996). Inputs on which both or neither fail say nothing.
 *
 * @param ratio how many times likelier the canary-only failure is under the alternative, above 1
 */
export function pairedLogE(canaryOnly: number, stableOnly: number, ratio: number): number {
  return canaryOnly * Math.log((2 * ratio) / (1 + ratio)) + stableOnly * Math.log(2 / (1 + ratio))
}

/**
 * Log e-value of one window of pairs against "the canary fails on at least `margin` more of the inputs than stable": the
 * wealth of a gambler who stakes `stake` on the difference being smaller (Waudby-Smith and Ramdas, arXiv 2010.09686).
 *
 * @param margin a fraction
 * @param stake above 0 and below 1 / (1 - margin), which keeps every factor positive
 */
export function pairedMarginLogE(
  counts: { readonly pairs: number; readonly canaryOnly: number; readonly stableOnly: number },
  margin: number,
  stake: number,
): number {
  const { pairs, canaryOnly, stableOnly } = counts
  return (
    canaryOnly * Math.log1p(stake * (margin - 1)) +
    stableOnly * Math.log1p(stake * (margin + 1)) +
    (pairs - canaryOnly - stableOnly) * Math.log1p(stake * margin)
  )
}
