import { logFactorial } from './log-factorial.ts'
import type { Random } from './random.ts'

/** Below this mean a sequential search is the quicker exact method, above it transformed rejection. */
const SMALL_MEAN = 10

/**
 * A Poisson count.
 *
 * Exact for every mean: inversion by sequential search below 10, above it Hörmann's transformed rejection PTRS (1993,
 * doi:10.1016/0167-6687(93)90997-4), whose cost does not grow with the mean.
 *
 * @param mean from 0 to 1e9
 */
export function poisson(random: Random, mean: number): number {
  checkRange('Poisson count', 'mean', mean, 0, 1e9)
  if (mean === 0) return 0
  return mean < SMALL_MEAN ? poissonBySearch(random, mean) : poissonByRejection(random, mean)
}

function poissonBySearch(random: Random, mean: number): number {
  let count = 0
  let probability = Math.exp(-mean)
  let rest = random.uniform()
  while (rest >= probability && count < 1_000) {
    rest -= probability
    count += 1
    probability *= mean / count
  }
  return count
}

function poissonByRejection(random: Random, mean: number): number {
  const root = Math.sqrt(mean)
  const logMean = Math.log(mean)
  const b = 0.931 + 2.53 * root
  const a = -0.059 + 0.02483 * b
  const inverseAlpha = 1.1239 + 1.1328 / (b - 3.4)
  const squeeze = 0.9277 - 3.6224 / (b - 2)
  for (;;) {
    const u = random.uniform() - 0.5
    const v = random.uniform()
    const distance = 0.5 - Math.abs(u)
    const count = Math.floor(((2 * a) / distance + b) * u + mean + 0.43)
    if (distance >= 0.07 && v <= squeeze) return count
    if (count < 0 || (distance < 0.013 && v > distance)) continue
    const height = Math.log(v) + Math.log(inverseAlpha) - Math.log(a / (distance * distance) + b)
    if (height <= count * logMean - mean - logFactorial(count)) return count
  }
}

/**
 * The number of successes in `count` independent trials.
 *
 * Exact: inversion by sequential search where fewer than 10 are expected, otherwise Hörmann's transformed rejection BTRS
 * (1993, doi:10.1080/00949659308811496).
 *
 * @param count whole number of trials, 0 or more
 * @param probability of a success, 0 to 1
 */
export function binomial(random: Random, count: number, probability: number): number {
  checkRange('binomial count', 'count', count, 0, 1e12)
  checkRange('binomial count', 'probability', probability, 0, 1)
  if (probability > 0.5) return count - binomial(random, count, 1 - probability)
  if (count === 0 || probability === 0) return 0
  const search = count * probability < SMALL_MEAN
  return search ? binomialBySearch(random, count, probability) : binomialByRejection(random, count, probability)
}

function binomialBySearch(random: Random, count: number, probability: number): number {
  const odds = probability / (1 - probability)
  let successes = 0
  let mass = Math.exp(count * Math.log1p(-probability))
  let rest = random.uniform()
  while (rest >= mass && successes < count) {
    rest -= mass
    successes += 1
    mass *= (odds * (count - successes + 1)) / successes
    // Rounding can leave a rest that no mass is left for, once in about 1e15 draws.
    if (mass < 1e-300) break
  }
  return successes
}

function binomialByRejection(random: Random, count: number, probability: number): number {
  const deviation = Math.sqrt(count * probability * (1 - probability))
  const b = 1.15 + 2.53 * deviation
  const a = -0.0873 + 0.0248 * b + 0.01 * probability
  const centre = count * probability + 0.5
  const squeeze = 0.92 - 4.2 / b
  const alpha = (2.83 + 5.1 / b) * deviation
  const logOdds = Math.log(probability / (1 - probability))
  const mode = Math.floor((count + 1) * probability)
  const logModeMass = logFactorial(mode) + logFactorial(count - mode)
  for (;;) {
    const u = random.uniform() - 0.5
    const v = random.uniform()
    const distance = 0.5 - Math.abs(u)
    const successes = Math.floor(((2 * a) / distance + b) * u + centre)
    if (distance >= 0.07 && v <= squeeze) return successes
    if (successes < 0 || successes > count) continue
    const height = Math.log((v * alpha) / (a / (distance * distance) + b))
    const logMass = logModeMass - logFactorial(successes) - logFactorial(count - successes)
    if (height <= logMass + (successes - mode) * logOdds) return successes
  }
}

/**
 * How many of `count` independent items fall into each class.
 *
 * @param shares of the classes, 0 or more; they need not add up to 1
 */
export function multinomial(random: Random, count: number, shares: readonly number[]): number[] {
  const drawn = new Array<number>(shares.length).fill(0)
  let left = count
  // From the end, so that the last share that is not zero takes all that is left, whatever the rounding of the others.
  const rest = suffixSums(shares)
  for (let k = 0; k < shares.length && left > 0; k++) {
    const leftShare = rest[k]!
    if (leftShare <= 0) break
    drawn[k] = binomial(random, left, Math.min(1, shares[k]! / leftShare))
    left -= drawn[k]!
  }
  return drawn
}

function suffixSums(shares: readonly number[]): number[] {
  const sums = [...shares]
  for (let k = sums.length - 2; k >= 0; k--) sums[k] = sums[k]! + sums[k + 1]!
  return sums
}

/** The length of a run: 1, 2, 3, … with the given mean, each one more as likely as after the one before. */
export function geometric(random: Random, mean: number): number {
  checkRange('geometric length', 'mean', mean, 1, 1e9)
  if (mean === 1) return 1
  return 1 + Math.floor(Math.log1p(-random.uniform()) / Math.log1p(-1 / mean))
}

/**
 * The sum of `runs` independent lengths of `geometric`, at a cost that does not grow with their number: a Poisson count
 * whose mean is a gamma variate is negative binomial.
 */
export function geometricSum(random: Random, runs: number, mean: number): number {
  if (runs < 8) {
    let sum = 0
    for (let run = 0; run < runs; run++) sum += geometric(random, mean)
    return sum
  }
  return runs + poisson(random, (mean - 1) * gamma(random, runs))
}

/**
 * A gamma variate of scale 1, by Marsaglia and Tsang's rejection from a cubed normal (2000, doi:10.1145/358407.358414).
 *
 * @param shape 1 or more
 */
export function gamma(random: Random, shape: number): number {
  checkRange('gamma variate', 'shape', shape, 1, 1e12)
  const d = shape - 1 / 3
  const c = 1 / Math.sqrt(9 * d)
  for (;;) {
    const z = normal(random)
    const v = (1 + c * z) ** 3
    if (v <= 0) continue
    const u = random.uniform()
    if (Math.log(u) < 0.5 * z * z + d - d * v + d * Math.log(v)) return d * v
  }
}

/** A standard normal variate, by Marsaglia's polar method (1964, doi:10.1137/1006063). */
export function normal(random: Random): number {
  for (;;) {
    const x = 2 * random.uniform() - 1
    const y = 2 * random.uniform() - 1
    const square = x * x + y * y
    if (square > 0 && square < 1) return x * Math.sqrt((-2 * Math.log(square)) / square)
  }
}

/** The waiting time to the next event when events come at random, `mean` apart on average, in the unit of `mean`. */
export function exponential(random: Random, mean: number): number {
  return -mean * Math.log1p(-random.uniform())
}

function checkRange(what: string, parameter: string, value: number, least: number, most: number): void {
  if (value >= least && value <= most) return
  throw new RangeError(`Cannot draw ${what}: ${parameter} must be from ${least} to ${most}, received ${value}`)
}
