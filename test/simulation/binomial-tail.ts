import { logFactorial } from '../support/log-factorial.ts'
import { normalTail } from '../support/normal-tail.ts'

/** Above this variance the sum grows long and the normal approximation is right to three digits. */
const LARGE_VARIANCE = 2_000

/** Probability of `least` or more successes in `count` trials, by summing the masses; to 1e-12 where the sum is exact. */
export function binomialTail(least: number, count: number, probability: number): number {
  if (least <= 0) return 1
  if (least > count) return 0
  const variance = count * probability * (1 - probability)
  const mean = count * probability
  if (variance > LARGE_VARIANCE) return normalTail((least - 0.5 - mean) / Math.sqrt(variance))
  if (least <= mean) return 1 - sumMasses(least - 1, -1, count, probability)
  return sumMasses(least, 1, count, probability)
}

/** Adds masses from one value away from the mean, until they no longer matter. */
function sumMasses(from: number, direction: 1 | -1, count: number, probability: number): number {
  let mass = Math.exp(
    logFactorial(count) -
      logFactorial(from) -
      logFactorial(count - from) +
      from * Math.log(probability) +
      (count - from) * Math.log1p(-probability),
  )
  const odds = probability / (1 - probability)
  let sum = 0
  for (let k = from; k >= 0 && k <= count && mass > sum * 1e-15; k += direction) {
    sum += mass
    mass *= direction === 1 ? (odds * (count - k)) / (k + 1) : k / (odds * (count - k + 1))
  }
  return sum
}
