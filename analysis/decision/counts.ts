/** Counts of both arms per category. */
export interface ArmCounts {
  readonly canary: readonly number[]
  readonly stable: readonly number[]
}

/** All counts together. */
export function totalOf(counts: readonly number[]): number {
  let total = 0
  for (const count of counts) total += count
  return total
}

/** Sum of two lists of counts, of which the shorter one lacks the newest categories. */
export function addCounts(a: readonly number[], b: readonly number[]): number[] {
  const [longer, shorter] = a.length >= b.length ? [a, b] : [b, a]
  return longer.map((count, k) => count + (shorter[k] ?? 0))
}

export function addArmCounts(sum: ArmCounts, counts: ArmCounts): ArmCounts {
  return { canary: addCounts(sum.canary, counts.canary), stable: addCounts(sum.stable, counts.stable) }
}
