/**
 * Weighted least-squares fit of nondecreasing values: pool adjacent violators (Ayer et al., DOI 10.1214/aoms/1177728423).
 *
 * @param weights not negative; a pool of weight 0 keeps its first value
 */
export function isotonic(values: readonly number[], weights: readonly number[]): number[] {
  const pools: { value: number; weight: number; length: number }[] = []
  values.forEach((value, k) => {
    let pool = { value, weight: weights[k]!, length: 1 }
    for (let below = pools.at(-1); below !== undefined && below.value >= pool.value; below = pools.at(-1)) {
      const weight = below.weight + pool.weight
      const mean = weight > 0 ? (below.value * below.weight + pool.value * pool.weight) / weight : below.value
      pool = { value: mean, weight, length: below.length + pool.length }
      pools.pop()
    }
    pools.push(pool)
  })
  return pools.flatMap(({ value, length }) => Array<number>(length).fill(value))
}
