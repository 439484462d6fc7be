/**
 * Spearman's rank correlation, ties sharing the mean of their ranks (Spearman 1904, doi:10.2307/1412159): 1 where both lists
 * order alike, -1 where they order the other way around.
 *
 * @param stable finite numbers, as many as `canary`
 * @returns undefined for fewer than two numbers, and where all numbers of one list are equal
 */
export function spearman(stable: ArrayLike<number>, canary: ArrayLike<number>): number | undefined {
  const [a, b] = [ranks(stable), ranks(canary)]
  const mean = (stable.length - 1) / 2
  let [product, squareA, squareB] = [0, 0, 0]
  for (let i = 0; i < a.length; i += 1) {
    const [x, y] = [a[i]! - mean, b[i]! - mean]
    product += x * y
    squareA += x * x
    squareB += y * y
  }
  const scale = Math.sqrt(squareA * squareB)
  return scale === 0 ? undefined : Math.max(-1, Math.min(1, product / scale))
}

/** Ranks from 0; equal values share the mean of theirs. */
function ranks(values: ArrayLike<number>): Float64Array {
  const order = Array.from({ length: values.length }, (_, i) => i).sort((a, b) => values[a]! - values[b]!)
  const result = new Float64Array(values.length)
  for (let from = 0; from < order.length;) {
    let to = from + 1
    while (to < order.length && values[order[to]!] === values[order[from]!]) to += 1
    for (let i = from; i < to; i += 1) result[order[i]!] = (from + to - 1) / 2
    from = to
  }
  return result
}

/**
 * Whether both lists have the same `k` highest classes. Where equal scores leave a choice, they agree if one choice does: a
 * class that nobody voted for is no better than another.
 *
 * @param k from 1 to the number of classes
 */
export function sameTop(stable: ArrayLike<number>, canary: ArrayLike<number>, k: number): boolean {
  const [a, b] = [highest(stable, k), highest(canary, k)]
  return areAmongHighest(b, stable, a) || areAmongHighest(a, canary, b)
}

function highest(scores: ArrayLike<number>, k: number): number[] {
  return Array.from({ length: scores.length }, (_, i) => i)
    .sort((a, b) => scores[b]! - scores[a]! || a - b)
    .slice(0, k)
}

/** Whether the chosen classes could stand for the highest ones of these scores. */
function areAmongHighest(chosen: readonly number[], scores: ArrayLike<number>, best: readonly number[]): boolean {
  const least = scores[best.at(-1)!]!
  const above = best.filter((i) => scores[i]! > least)
  return chosen.every((i) => scores[i]! >= least) && above.every((i) => chosen.includes(i))
}
