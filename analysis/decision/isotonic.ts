/**
 * Weighted least-squares fit of nondecreasing values: pool adjacent violators (Ayer et al., DOI 10.1214/aoms/1177728423).
 *
 * @param weights not negative; a pool of weight 0 keeps its first value
 */
export function isotonic(values: readonly number[], weights: readonly number[]): number[] {
  const means = [...values]
  const pooled = [...weights]
  const lengths = values.map(() => 1)
  let last = -1
  for (let k = 0; k < values.length; k += 1) {
    let mean = values[k]!
    let weight = weights[k]!
    let length = 1
    while (last >= 0 && means[last]! >= mean) {
      const both = pooled[last]! + weight
      mean = both > 0 ? (means[last]! * pooled[last]! + mean * weight) / both : means[last]!
      weight = both
      length += lengths[last]!
      last -= 1
    }
    last += 1
    means[last] = mean
    pooled[last] = weight
    lengths[last] = length
  }
  // The pools fill the first places; unfold them from the end.
  let place = values.length
  for (let pool = last; pool >= 0; pool -= 1) {
    for (let left = lengths[pool]!; left > 0; left -= 1) {
      place -= 1
      means[place] = means[pool]!
    }
  }
  return means
}
