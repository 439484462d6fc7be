const TABLE_SIZE = 128
const TABLE = new Float64Array(TABLE_SIZE)
for (let n = 1; n < TABLE_SIZE; n++) TABLE[n] = TABLE[n - 1]! + Math.log(n)

const HALF_LOG_TWO_PI = 0.5 * Math.log(2 * Math.PI)

/**
 * ln(n!) to about 1e-14 relative: a table below 128, above it Stirling's series with three terms (Abramowitz and Stegun
 * 6.1.41), whose error there is below 1e-17.
 *
 * @param n whole number, 0 or more
 */
export function logFactorial(n: number): number {
  if (n < TABLE_SIZE) return TABLE[n]!
  const inverse = 1 / (n + 1)
  const square = inverse * inverse
  const series = inverse * (1 / 12 - square * (1 / 360 - square / 1260))
  return (n + 0.5) * Math.log(n + 1) - (n + 1) + HALF_LOG_TWO_PI + series
}
