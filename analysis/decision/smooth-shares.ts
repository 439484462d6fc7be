/**
 * Probabilities of the categories in both arms, from counts drawn towards their pool by `pseudoCounts` requests, so that a
 * category that was not seen yet never has probability 0.
 */
export function smoothShares(
  canary: readonly number[],
  stable: readonly number[],
  pseudoCounts: number,
): { canary: number[]; stable: number[] } {
  let canaryTotal = 0
  let stableTotal = 0
  for (let k = 0; k < canary.length; k += 1) {
    canaryTotal += canary[k]!
    stableTotal += stable[k]!
  }
  const poolTotal = canaryTotal + stableTotal + 0.5
  const half = 0.5 / canary.length
  const canaryShares = Array<number>(canary.length)
  const stableShares = Array<number>(canary.length)
  for (let k = 0; k < canary.length; k += 1) {
    const pooled = (pseudoCounts * (canary[k]! + stable[k]! + half)) / poolTotal
    canaryShares[k] = (canary[k]! + pooled) / (canaryTotal + pseudoCounts)
    stableShares[k] = (stable[k]! + pooled) / (stableTotal + pseudoCounts)
  }
  return { canary: canaryShares, stable: stableShares }
}
