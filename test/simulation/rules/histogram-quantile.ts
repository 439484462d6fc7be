/**
 * A quantile as Prometheus' `histogram_quantile` reads it: linear within a bucket that starts at 0 or the bound below, the
 * highest finite bound where the quantile lies above it, NaN without observations.
 *
 * @param bounds rising upper bounds
 * @param counts per bucket, one more than there are bounds
 */
export function histogramQuantile(quantile: number, bounds: readonly number[], counts: readonly number[]): number {
  const total = counts.reduce((sum, count) => sum + count, 0)
  if (total === 0) return Number.NaN
  const rank = quantile * total
  let below = 0
  for (const [k, upper] of bounds.entries()) {
    const inside = counts[k]!
    if (below + inside >= rank) {
      const lower = k === 0 ? 0 : bounds[k - 1]!
      return inside === 0 ? lower : lower + ((upper - lower) * (rank - below)) / inside
    }
    below += inside
  }
  return bounds.at(-1) ?? Number.NaN
}
