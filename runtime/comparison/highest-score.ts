/**
 * The class with the highest score of one row, the first of equals; `NaN` where any score is NaN.
 *
 * @param offset where the row begins
 * @param width number of classes, at least 1
 */
export function highestScore(scores: ArrayLike<number>, offset: number, width: number): string {
  let best = 0
  for (let i = 0; i < width; i += 1) {
    const score = scores[offset + i]!
    if (Number.isNaN(score)) return 'NaN'
    if (score > scores[offset + best]!) best = i
  }
  return String(best)
}
