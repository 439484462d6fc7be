import { totalOf } from './counts.ts'
import type { Distance } from './distances.ts'
import { leastDual, type Candidates } from './lagrange-dual.ts'

/** Part of the truth in the mixture that the likelihood ratio is taken against. */
const OWN_PART = 0.7
/** Points from the most likely share outwards, on each side of it, per arm and category. */
const GRID = 17
const SIDES = [1, -1] as const
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
  const canaryTotal = totalOf(canary)
  const stableTotal = totalOf(stable)
  if (canaryTotal <= 0 || stableTotal <= 0) return Infinity
  if (distance === 'psi' && (canary.includes(0) || stable.includes(0))) return Infinity
  const earlierTotal = totalOf(earlier) + 0.5 * earlier.length
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
    arms.map((arm) => candidates(arm.canary, arm.stable, slack, TERMS[distance])),
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

/**
 * How far the share's logarithm may move up (1) or down (-1) until it costs `limit`.
 *
 * @param guess where the search starts; best a little too far
 */
function reach(cost: Cost, limit: number, direction: 1 | -1, guess: number): number {
  if (direction < 0 && cost.events <= 0) return 0
  if (!(limit > cost.least)) return 0
  // Newton's method on a convex function: after the first step it only comes nearer, from outside.
  let distance = Math.min(guess, FARTHEST)
  for (let step = 0; step < NEWTON_STEPS; step += 1) {
    const share = Math.exp(cost.logBest + direction * distance)
    const part = ((1 - OWN_PART) * cost.known) / share
    const slope = direction * ((1 - OWN_PART) * cost.total * share - (cost.events * part) / (OWN_PART + part))
    // So close to the least cost that rounding hides the slope.
    if (!(slope > 0)) return distance
    const next = Math.min(distance + (limit - costOf(cost, share)) / slope, FARTHEST)
    if (Math.abs(next - distance) <= 1e-7 * next) return next
    distance = next
  }
  return distance
}

/** Where a parabola with the curvature at the best share would reach the limit. */
function parabolaReach(cost: Cost, limit: number): number {
  const share = Math.exp(cost.logBest)
  const part = ((1 - OWN_PART) * cost.known) / share
  const own = part / (OWN_PART + part)
  const curvature = cost.events * own * (1 - own) + (1 - OWN_PART) * cost.total * share
  return Math.sqrt((2 * Math.max(limit - cost.least, 0)) / curvature)
}

/** Shares of one arm and category from the most likely one outwards, densest there, until they alone cost the budget. */
interface Ray {
  readonly direction: 1 | -1
  readonly logs: readonly number[]
  readonly shares: readonly number[]
  readonly costs: readonly number[]
}

function castRay(cost: Cost, limit: number, direction: 1 | -1): Ray {
  const farthest = reach(cost, limit, direction, parabolaReach(cost, limit))
  const logs: number[] = []
  const shares: number[] = []
  const costs: number[] = []
  for (let i = 0; i < GRID; i += 1) {
    const t = i / (GRID - 1)
    const log = cost.logBest + direction * farthest * t * t
    const share = Math.exp(log)
    logs.push(log)
    shares.push(share)
    costs.push(costOf(cost, share))
  }
  return { direction, logs, shares, costs }
}

/** Candidates for the largest distance of one category: what a pair of shares costs, and how far apart it is. */
function candidates(canary: Cost, stable: Cost, slack: number, term: Term): Candidates {
  const limit = canary.least + stable.least + slack
  const costs: number[] = []
  const values: number[] = []
  // Points on the edge of the budget all cost the same, so only the farthest of them can matter.
  let onEdge = -Infinity
  const stableRays = SIDES.map((side) => castRay(stable, stable.least + slack, side))
  for (const side of SIDES) {
    const a = castRay(canary, canary.least + slack, side)
    for (const b of stableRays) {
      const bestOfColumn = Array<number>(GRID).fill(-Infinity)
      for (let i = 0; i < GRID; i += 1) {
        let bestOfRow = -Infinity
        for (let j = 0; j < GRID; j += 1) {
          // Costs rise outwards, so a pair that is no farther apart than one nearer the centre cannot be best.
          const cost = a.costs[i]! + b.costs[j]!
          if (cost > limit + 1e-9) break
          const value = term(a.shares[i]!, b.shares[j]!, a.logs[i]!, b.logs[j]!)
          if (value <= bestOfRow || value <= bestOfColumn[j]!) continue
          bestOfRow = value
          bestOfColumn[j] = value
          costs.push(cost)
          values.push(value)
        }
      }
      onEdge = alongEdge(a, stable, b.direction, limit, term, onEdge)
      onEdge = alongEdge(b, canary, side, limit, (q, p, logQ, logP) => term(p, q, logP, logQ), onEdge)
    }
  }
  costs.push(limit)
  values.push(onEdge)
  return { costs, values }
}

/**
 * Farthest pair of a ray's shares and the other arm's share that uses up the rest of the budget, or `floor` if that is more.
 * Along the ray the other arm's reach shrinks, and a distance is convex in one share; so a step whose two ends cannot beat
 * what was found before needs no search for its own reach.
 */
function alongEdge(ray: Ray, other: Cost, direction: 1 | -1, limit: number, term: Term, floor: number): number {
  const nearest = Math.exp(other.logBest)
  let farthest = floor
  let distance = reach(other, limit - ray.costs[0]!, direction, parabolaReach(other, limit - ray.costs[0]!))
  for (let i = 0; i < GRID; i += 1) {
    const [share, logShare] = [ray.shares[i]!, ray.logs[i]!]
    const at = (log: number) => term(share, Math.exp(log), logShare, log)
    const most = Math.max(at(other.logBest + direction * distance), term(share, nearest, logShare, other.logBest))
    if (most <= farthest) continue
    distance = reach(other, Math.max(limit - ray.costs[i]!, other.least), direction, distance)
    farthest = Math.max(farthest, at(other.logBest + direction * distance))
  }
  return farthest
}
