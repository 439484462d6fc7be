/**
 * Log-likelihood ratio of "in category k the canary has `ratios[k]` times stable's share" against "the same shares", given
 * only into which arm each event of the category falls (Turner, Ly and Grünwald 2021, arXiv:2106.02693).
 */
export function splitLogRatio(canary: readonly number[], stable: readonly number[], ratios: readonly number[]): number {
  const [a, b] = [sum(canary), sum(stable)]
  if (a === 0 || b === 0) return 0
  const theta = a / (a + b)
  return ratios.reduce((total, ratio, k) => {
    const [inCanary, inStable] = [canary[k]!, stable[k]!]
    if (inCanary + inStable === 0) return total
    return total + inCanary * Math.log(ratio) - (inCanary + inStable) * Math.log1p(theta * (ratio - 1))
  }, 0)
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0)
}
