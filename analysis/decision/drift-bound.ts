import type { Distance } from './distances.ts'
import { leastDual, type Candidates } from './lagrange-dual.ts'

/** Part of the truth in the mixture that the likelihood ratio is taken against. */
const OWN_PART = 0.7
/** Points on each side of the most likely share, per arm and category. */
const HALF_GRID = 16
/** A share e^60 times smaller than the most likely one is 0 for every purpose. */
const FARTHEST = 60
/** Enough to come back from there one unit at a time. */
const NEWTON_STEPS = 100

/** Counts since the step began, and stable's counts from before it. */
export interface StepCounts {
  readonly canary: readonly number[]
  readonly stable: readonly number[]
  readonly earlier: readonly number[]
}

/** Distance of one category's shares, from the shares and their logarithms. */
type Term = (p: number, q: number, logP: number, logQ: number) => number

/** Distances that add up over the categories. */
export type SummedDistance = Exclude<Distance, 'ks' | 'w1'>

/**
 * Largest distance inside an exact confidence set for the two distributions of predictions in this step.
 *
 * For any pair q of distributions, the likelihood ratio of "0.7 q + 0.3 earlier stable" against q is an e-process while q is
 * the truth, so the set of all q it has not rejected holds the truth at every look with probability 1 - beta (Ville 1939).
 * The maximum over that set is bounded by Lagrangian duality, category by category; any multiplier gives a bound, so the
 * search for the best one needs no proof of convergence. The inner maximum is taken on a grid that falls short by less than
 * 0.4 %: compare 1.005 times the result with a limit. Both distributions are taken as constant within the step.
 *
 * @param logBudget dispersion times ln(1 / beta)
 * @returns Infinity when nothing can be said yet; for `psi` also while one arm has not shown every category, because a share
 *   that might be 0 makes it unbounded
 */
export function largestDrift(counts: StepCounts, distance: SummedDistance, logBudget: number): number {
  const { canary, stable, earlier } = counts
  const canaryTotal = sum(canary)
  const stableTotal = sum(stable)
  if (canaryTotal <= 0 || stableTotal <= 0) return Infinity
  if (distance === 'psi' && (canary.includes(0) || stable.includes(0))) return Infinity
  const earlierTotal = sum(earlier) + 0.5 * earlier.length
  const arms = earlier.map((count, k) => {
    const known = (count + 0.5) / earlierTotal
    return {
      canary: openCost(canaryTotal, canary[k]!, known),
      stable: openCost(stableTotal, stable[k]!, known),
    }
  })
  const slack = arms.reduce((left, arm) => left - arm.canary.least - arm.stable.least, logBudget)
  if (slack <= 0) return Infinity
  return leastDual(
    arms.map((arm) => frontier(arm.canary, arm.stable, slack, TERMS[distance])),
    logBudget,
  )
}

const TERMS: Readonly<Record<SummedDistance, Term>> = {
  psi: (p, q, logP, logQ) => (p - q) * (logP - logQ),
  tv: (p, q) => 0.5 * Math.abs(p - q),
  hellinger: (p, q) => 0.5 * (Math.sqrt(p) - Math.sqrt(q)) ** 2,
  js: (p, q, logP, logQ) => {
    const logMiddle = Math.log((p + q) / 2)
    return 0.5 * (p * (logP - logMiddle) + q * (logQ - logMiddle))
  },
}

/** Log evidence of one arm and category against a share, as a convex function of the share's logarithm. */
interface Cost {
  readonly total: number
  readonly events: number
  readonly known: number
  /** Logarithm of the share that costs least, and what it costs. */
  readonly logBest: number
  readonly least: number
}

function openCost(total: number, events: number, known: number): Cost {
  const pull = (1 - OWN_PART) * known
  const best =
    events > 0
      ? (-pull + Math.sqrt(pull * pull + (4 * OWN_PART * known * events) / total)) / (2 * OWN_PART)
      : 1e-6 * known
  const cost = { total, events, known, logBest: Math.log(best), least: 0 }
  return { ...cost, least: costOf(cost, best) }
}

/** The terms (1 - f) N (q - p) add up to 0 over the categories and let the categories be treated one by one. */
function costOf({ total, events, known }: Cost, share: number): number {
  const mixed = events > 0 ? events * Math.log(OWN_PART + ((1 - OWN_PART) * known) / share) : 0
  return mixed + (1 - OWN_PART) * total * (share - known)
}

/** How far the share's logarithm may move up (1) or down (-1) until it costs `limit`. */
function reach(cost: Cost, limit: number, direction: 1 | -1): number {
  if (direction < 0 && cost.events <= 0) return 0
  const excess = limit - cost.least
  if (!(excess > 0)) return 0
  // Newton's method on a convex function: after the first step it only comes nearer, from outside.
  let distance = Math.min(firstGuess(cost, excess), FARTHEST)
  for (let step = 0; step < NEWTON_STEPS; step += 1) {
    const share = Math.exp(cost.logBest + direction * distance)
    const part = ((1 - OWN_PART) * cost.known) / share
    const slope = direction * ((1 - OWN_PART) * cost.total * share - (cost.events * part) / (OWN_PART + part))
    // So close to the least cost that rounding hides the slope.
    if (!(slope > 0)) return distance
    const next = Math.min(distance + (limit - costOf(cost, share)) / slope, FARTHEST)
    if (Math.abs(next - distance) <= 1e-8 * next) return next
    distance = next
  }
  return distance
}

/** Where a parabola with the curvature at the best share would reach the limit. */
function firstGuess(cost: Cost, excess: number): number {
  const share = Math.exp(cost.logBest)
  const part = ((1 - OWN_PART) * cost.known) / share
  const own = part / (OWN_PART + part)
  const curvature = cost.events * own * (1 - own) + (1 - OWN_PART) * cost.total * share
  return Math.sqrt((2 * excess) / curvature)
}

/** Candidates for the largest distance of one category: what a pair of shares costs, and how far apart it is. */
function frontier(canary: Cost, stable: Cost, slack: number, term: Term): Candidates {
  const limit = canary.least + stable.least + slack
  const a = axis(canary, canary.least + slack)
  const b = axis(stable, stable.least + slack)
  const most = a.logs.length * b.logs.length + 1
  const costs = new Float64Array(most)
  const values = new Float64Array(most)
  let size = 0
  for (let i = 0; i < a.logs.length; i += 1) {
    for (let j = 0; j < b.logs.length; j += 1) {
      const cost = a.costs[i]! + b.costs[j]!
      if (cost > limit + 1e-9) continue
      costs[size] = cost
      values[size] = term(a.shares[i]!, b.shares[j]!, a.logs[i]!, b.logs[j]!)
      size += 1
    }
  }
  // Points on the edge of the budget all cost the same, so only the farthest of them can matter.
  let farthest = -Infinity
  for (const direction of [-1, 1] as const) {
    for (let i = 0; i < a.logs.length; i += 1) {
      const left = Math.max(limit - a.costs[i]!, stable.least)
      const log = stable.logBest + direction * reach(stable, left, direction)
      farthest = Math.max(farthest, term(a.shares[i]!, Math.exp(log), a.logs[i]!, log))
    }
    for (let j = 0; j < b.logs.length; j += 1) {
      const left = Math.max(limit - b.costs[j]!, canary.least)
      const log = canary.logBest + direction * reach(canary, left, direction)
      farthest = Math.max(farthest, term(Math.exp(log), b.shares[j]!, log, b.logs[j]!))
    }
  }
  costs[size] = limit
  values[size] = farthest
  return { costs: costs.subarray(0, size + 1), values: values.subarray(0, size + 1) }
}

/** Shares of one arm and category, densest around the most likely one. */
function axis(cost: Cost, limit: number): { logs: number[]; shares: number[]; costs: number[] } {
  const down = reach(cost, limit, -1)
  const up = reach(cost, limit, 1)
  const logs: number[] = []
  const shares: number[] = []
  const costs: number[] = []
  for (let i = -HALF_GRID; i <= HALF_GRID; i += 1) {
    const t = i / HALF_GRID
    const log = cost.logBest + (i < 0 ? -down : up) * t * t
    const share = Math.exp(log)
    logs.push(log)
    shares.push(share)
    costs.push(costOf(cost, share))
  }
  return { logs, shares, costs }
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0)
}
