const ROOT_TWO_PI = Math.sqrt(2 * Math.PI)

/**
 * Probability that a standard normal variate exceeds z, to about 1e-15 absolute: Marsaglia's series (2004,
 * doi:10.18637/jss.v011.i04). Beyond 8 the answer is 0 or 1.
 */
export function normalTail(z: number): number {
  if (z > 8) return 0
  if (z < -8) return 1
  const square = z * z
  let term = z
  let sum = z
  for (let divisor = 3; Math.abs(term) > 1e-17; divisor += 2) {
    term *= square / divisor
    sum += term
  }
  return 0.5 - (sum * Math.exp(-0.5 * square)) / ROOT_TWO_PI
}
