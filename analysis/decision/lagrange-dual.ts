const GOLDEN = 0.6180339887498949
const GOLDEN_STEPS = 24
/** Logarithms of the multipliers between which the best one is sought. */
const SEARCHED = { low: Math.log(1e-4), high: Math.log(1e2) } as const

/** The choices of one part of a separable problem: what each costs and what it is worth. */
export interface Candidates {
  readonly costs: readonly number[]
  readonly values: readonly number[]
}

/**
 * Upper bound on the total value of one choice per part whose costs add up to at most the budget: the least Lagrangian dual
 * over a golden-section search (Kiefer, DOI 10.1090/S0002-9939-1953-0055639-3). Weak duality makes the dual at any multiplier
 * a bound, so the search cannot go wrong, only end early.
 */
export function leastDual(parts: readonly Candidates[], budget: number): number {
  const dual = (logMultiplier: number) => dualAt(parts, budget, Math.exp(logMultiplier))
  let { low, high }: { low: number; high: number } = SEARCHED
  let a = high - GOLDEN * (high - low)
  let b = low + GOLDEN * (high - low)
  let atA = dual(a)
  let atB = dual(b)
  for (let step = 0; step < GOLDEN_STEPS; step += 1) {
    if (atA < atB) {
      high = b
      b = a
      atB = atA
      a = high - GOLDEN * (high - low)
      atA = dual(a)
    } else {
      low = a
      a = b
      atA = atB
      b = low + GOLDEN * (high - low)
      atB = dual(b)
    }
  }
  return Math.min(atA, atB)
}

function dualAt(parts: readonly Candidates[], budget: number, multiplier: number): number {
  let bound = multiplier * budget
  for (const { costs, values } of parts) {
    let highest = -Infinity
    for (let i = 0; i < costs.length; i += 1) {
      const worth = values[i]! - multiplier * costs[i]!
      if (worth > highest) highest = worth
    }
    bound += highest
  }
  return bound
}
