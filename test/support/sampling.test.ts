import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { logFactorial } from './log-factorial.ts'
import { Random } from './random.ts'
import { binomial, exponential, gamma, geometric, geometricSum, multinomial, normal, poisson } from './sampling.ts'

const DRAWS = 40_000

interface Law {
  readonly name: string
  readonly draw: (random: Random) => number
  readonly mean: number
  readonly variance: number
  /** Fourth central moment over the squared variance; it sets how far a sample variance may stray. */
  readonly kurtosis: number
  /** Probability of the value, for the comparison cell by cell; absent for continuous laws. */
  readonly mass?: (value: number) => number
}

/** 5 standard errors: a right sampler fails one of these checks once in a million seeds. */
function checkMoments({ name, draw, mean, variance, kurtosis }: Law): void {
  const random = new Random(`moments of ${name}`)
  let sum = 0
  let squares = 0
  for (let i = 0; i < DRAWS; i++) {
    const deviation = draw(random) - mean
    sum += deviation
    squares += deviation * deviation
  }
  const meanOff = sum / DRAWS / Math.sqrt(variance / DRAWS)
  const varianceOff = (squares / DRAWS - variance) / (variance * Math.sqrt((kurtosis - 1) / DRAWS))
  assert.ok(Math.abs(meanOff) < 5, `mean is ${meanOff} standard errors off`)
  assert.ok(Math.abs(varianceOff) < 5, `variance is ${varianceOff} standard errors off`)
}

/** Pearson's test over all values, those with fewer than 10 expected draws pooled at both ends, so the tails are seen too. */
function checkMasses({ name, draw, mean, variance, mass }: Law & { readonly mass: (value: number) => number }): void {
  const random = new Random(`masses of ${name}`)
  const seen = new Map<number, number>()
  for (let i = 0; i < DRAWS; i++) {
    const value = draw(random)
    seen.set(value, (seen.get(value) ?? 0) + 1)
  }
  const reach = Math.ceil(12 * Math.sqrt(variance) + 20)
  const cells: { expected: number; seen: number }[] = []
  let open = { expected: 0, seen: 0 }
  for (let value = Math.max(0, Math.floor(mean - reach)); value <= mean + reach; value++) {
    open = { expected: open.expected + DRAWS * mass(value), seen: open.seen + (seen.get(value) ?? 0) }
    seen.delete(value)
    if (open.expected < 10) continue
    cells.push(open)
    open = { expected: 0, seen: 0 }
  }
  assert.is(seen.size, 0, `values out of reach: ${[...seen.keys()].join(', ')}`)
  const tail = cells.at(-1)!
  cells[cells.length - 1] = { expected: tail.expected + open.expected, seen: tail.seen + open.seen }
  const chiSquare = cells.reduce((sum, cell) => sum + (cell.seen - cell.expected) ** 2 / cell.expected, 0)
  const freedom = cells.length - 1
  assert.ok(chiSquare < freedom + 6 * Math.sqrt(2 * freedom) + 10, `chi-square ${chiSquare} at ${freedom} degrees`)
}

const poissonMass = (mean: number) => (k: number) => Math.exp(k * Math.log(mean) - mean - logFactorial(k))
const binomialMass = (count: number, p: number) => (k: number) =>
  k > count
    ? 0
    : Math.exp(
        logFactorial(count) -
          logFactorial(k) -
          logFactorial(count - k) +
          k * Math.log(p) +
          (count - k) * Math.log1p(-p),
      )

const laws: Law[] = [
  ...[0.01, 0.7, 9.99, 10, 31.5, 250, 9_000].map((mean) => ({
    name: `poisson(${mean})`,
    draw: (random: Random) => poisson(random, mean),
    mean,
    variance: mean,
    kurtosis: 3 + 1 / mean,
    mass: poissonMass(mean),
  })),
  ...[
    [1, 0.3],
    [5, 0.99],
    [40, 0.1],
    [1_000, 0.001],
    [1_000, 0.0099],
    [1_000, 0.0101],
    [40, 0.5],
    [9_000, 0.7],
    [100_000, 0.02],
  ].map(([count = 0, p = 0]) => ({
    name: `binomial(${count}, ${p})`,
    draw: (random: Random) => binomial(random, count, p),
    mean: count * p,
    variance: count * p * (1 - p),
    kurtosis: 3 + (1 - 6 * p * (1 - p)) / (count * p * (1 - p)),
    mass: binomialMass(count, p),
  })),
  {
    name: 'geometric(5)',
    draw: (random) => geometric(random, 5),
    mean: 5,
    variance: 20,
    kurtosis: 9 + 0.04 / 0.8,
    mass: (k) => (k < 1 ? 0 : 0.2 * 0.8 ** (k - 1)),
  },
  ...[3, 8, 60].map((runs) => ({
    name: `geometricSum(${runs}, 5)`,
    draw: (random: Random) => geometricSum(random, runs, 5),
    mean: 5 * runs,
    variance: 20 * runs,
    kurtosis: 3 + (6 + 0.04 / 0.8) / runs,
    mass: (k: number) =>
      k < runs
        ? 0
        : Math.exp(
            logFactorial(k - 1) -
              logFactorial(runs - 1) -
              logFactorial(k - runs) +
              runs * Math.log(0.2) +
              (k - runs) * Math.log(0.8),
          ),
  })),
  ...[1, 2.5, 400].map((shape) => ({
    name: `gamma(${shape})`,
    draw: (random: Random) => gamma(random, shape),
    mean: shape,
    variance: shape,
    kurtosis: 3 + 6 / shape,
  })),
  { name: 'normal()', draw: normal, mean: 0, variance: 1, kurtosis: 3 },
  { name: 'exponential(2)', draw: (random) => exponential(random, 2), mean: 2, variance: 4, kurtosis: 9 },
]

const samplers = suite('samplers')

for (const law of laws) {
  samplers(`${law.name} has its mean and variance`, () => {
    checkMoments(law)
  })
  const { mass } = law
  if (mass === undefined) continue
  samplers(`${law.name} gives every value as often as it should, tails included`, () => {
    checkMasses({ ...law, mass })
  })
}

samplers('normal() has its tails', () => {
  const random = new Random('normal tails')
  let beyond = 0
  for (let i = 0; i < DRAWS; i++) if (Math.abs(normal(random)) > 2.5758) beyond += 1
  assert.ok(Math.abs(beyond - 0.01 * DRAWS) < 5 * Math.sqrt(0.0099 * DRAWS), `${beyond} beyond 2.58`)
})

samplers.run()

const classes = suite('multinomial()')

classes('keeps the count and gives each class its share', () => {
  const random = new Random('multinomial')
  const shares = [0.5, 0, 0.3, 0.15, 0.05]
  const totals = shares.map(() => 0)
  for (let i = 0; i < 2_000; i++) {
    const drawn = multinomial(random, 100, shares)
    assert.is(
      drawn.reduce((sum, n) => sum + n, 0),
      100,
    )
    drawn.forEach((n, k) => (totals[k] = totals[k]! + n))
  }
  assert.is(totals[1], 0)
  const chiSquare = [0, 2, 3, 4].reduce((sum, k) => sum + (totals[k]! - 2e5 * shares[k]!) ** 2 / (2e5 * shares[k]!), 0)
  assert.ok(chiSquare < 30, `chi-square ${chiSquare} at 3 degrees`)
})

classes('gives nothing to classes of share 0 at the end', () => {
  const random = new Random('multinomial end')
  for (let i = 0; i < 1_000; i++) assert.is(multinomial(random, 50, [0.1, 0.2, 0.7, 0])[3], 0)
})

classes.run()

const refusals = suite('sampler refusals')

for (const mean of [-1, Number.NaN, Infinity]) {
  refusals(`poisson() refuses mean ${mean}`, () => {
    assert.throws(() => poisson(new Random('x'), mean), /^Cannot draw Poisson count: mean .* received/)
  })
}

for (const probability of [-0.1, 1.1, Number.NaN]) {
  refusals(`binomial() refuses probability ${probability}`, () => {
    assert.throws(
      () => binomial(new Random('x'), 5, probability),
      /^Cannot draw binomial count: probability .* received/,
    )
  })
}

refusals.run()
