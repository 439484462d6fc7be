const COEFFICIENTS = [
  0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059,
  12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
] as const

/**
 * Natural logarithm of the gamma function for positive arguments, to about 14 digits: Lanczos (DOI 10.1137/0701008) with
 * g = 7 and nine terms.
 */
export function logGamma(x: number): number {
  const z = x - 1
  let sum: number = COEFFICIENTS[0]
  for (let k = 1; k < COEFFICIENTS.length; k += 1) sum += COEFFICIENTS[k]! / (z + k)
  const t = z + 7.5
  return 0.5 * Math.log(2 * Math.PI) + (z + 0.5) * Math.log(t) - t + Math.log(sum)
}
