/**
 * Distances between the distributions of predictions of two arms; all are jointly convex and homogeneous of degree 1, which
 * the bets need. `hellinger` is therefore the squared Hellinger distance, 1 - sum sqrt(p q).
 */
export type Distance = 'psi' | 'tv' | 'js' | 'hellinger' | 'ks' | 'w1'

/** Places of the categories in rising order, and the distance from each to the next (one fewer). */
export interface CategoryOrder {
  readonly places: readonly number[]
  readonly widths: readonly number[]
}

/** Gradient of a distance in both distributions; the distance itself is its inner product with them (Euler). */
export interface Gradient {
  readonly canary: readonly number[]
  readonly stable: readonly number[]
}

export type GradientOf = (canary: readonly number[], stable: readonly number[]) => Gradient

/** The largest value a distance can take; a limit there or above could never be exceeded. */
export function largestDistance(distance: Distance): number {
  if (distance === 'psi' || distance === 'w1') return Infinity
  return distance === 'js' ? Math.LN2 : 1
}

/** @param order used by `ks` and `w1` alone, which compare distribution functions */
export function gradientOf(distance: Distance, order: CategoryOrder): GradientOf {
  switch (distance) {
    case 'psi':
      return psi
    case 'tv':
      return totalVariation
    case 'js':
      return jensenShannon
    case 'hellinger':
      return squaredHellinger
    case 'ks':
      return (canary, stable) => kolmogorovSmirnov(canary, stable, order)
    case 'w1':
      return (canary, stable) => wasserstein(canary, stable, order)
  }
}

/** The distance of two distributions. */
export function distanceBetween(gradient: GradientOf, canary: readonly number[], stable: readonly number[]): number {
  const slope = gradient(canary, stable)
  let sum = 0
  for (let k = 0; k < canary.length; k += 1) sum += canary[k]! * slope.canary[k]! + stable[k]! * slope.stable[k]!
  return sum
}

/** Population stability index, sum (p - q) ln(p / q): the Kullback-Leibler divergences of both directions added. */
function psi(canary: readonly number[], stable: readonly number[]): Gradient {
  return pairwise(canary, stable, (p, q) => {
    const log = Math.log(p / q)
    return [log + 1 - q / p, 1 - log - p / q]
  })
}

/** Total variation, half the sum of |p - q|. */
function totalVariation(canary: readonly number[], stable: readonly number[]): Gradient {
  return pairwise(canary, stable, (p, q) => (p > q ? [1, -1] : [0, 0]))
}

/** Jensen-Shannon divergence in nats, at most ln 2. */
function jensenShannon(canary: readonly number[], stable: readonly number[]): Gradient {
  return pairwise(canary, stable, (p, q) => {
    const middle = (p + q) / 2
    return [0.5 * Math.log(p / middle), 0.5 * Math.log(q / middle)]
  })
}

function squaredHellinger(canary: readonly number[], stable: readonly number[]): Gradient {
  return pairwise(canary, stable, (p, q) => {
    const root = Math.sqrt(q / p)
    return [0.5 * (1 - root), 0.5 * (1 - 1 / root)]
  })
}

function pairwise(
  canary: readonly number[],
  stable: readonly number[],
  slope: (p: number, q: number) => readonly [number, number],
): Gradient {
  const canarySlope = Array<number>(canary.length)
  const stableSlope = Array<number>(canary.length)
  for (let k = 0; k < canary.length; k += 1) {
    const [a, b] = slope(canary[k]!, stable[k]!)
    canarySlope[k] = a
    stableSlope[k] = b
  }
  return { canary: canarySlope, stable: stableSlope }
}

/** Largest gap between the distribution functions. */
function kolmogorovSmirnov(
  canary: readonly number[],
  stable: readonly number[],
  { places, widths }: CategoryOrder,
): Gradient {
  let gap = 0
  let widest = 0
  let last = -1
  for (let i = 0; i < widths.length; i += 1) {
    gap += canary[places[i]!]! - stable[places[i]!]!
    if (Math.abs(gap) <= Math.abs(widest)) continue
    widest = gap
    last = i
  }
  const slope = Array<number>(canary.length).fill(0)
  for (let i = 0; i <= last; i += 1) slope[places[i]!] = Math.sign(widest)
  return { canary: slope, stable: slope.map((value) => -value) }
}

/** Area between the distribution functions (Wasserstein-1, earth mover's distance), in the unit of the widths. */
function wasserstein(
  canary: readonly number[],
  stable: readonly number[],
  { places, widths }: CategoryOrder,
): Gradient {
  const steps = Array<number>(widths.length)
  let gap = 0
  for (let i = 0; i < widths.length; i += 1) {
    gap += canary[places[i]!]! - stable[places[i]!]!
    steps[i] = widths[i]! * Math.sign(gap)
  }
  const slope = Array<number>(canary.length).fill(0)
  let area = 0
  for (let i = widths.length - 1; i >= 0; i -= 1) {
    area += steps[i]!
    slope[places[i]!] = area
  }
  return { canary: slope, stable: slope.map((value) => -value) }
}
