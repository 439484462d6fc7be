import { totalOf } from './counts.ts'
import { smoothShares } from './smooth-shares.ts'
import { density, logBoundSteps, nonincreasing, risingRatio, stretchTail, tailCounts, tailCurve } from './tail-shape.ts'

/** "Every request takes this many times as long." */
const STRETCHES = [1.1, 1.3, 2] as const
/** "This share of the requests has its odds of being slow multiplied by …" */
const SLOW_SHARES = [
  { share: 0.1, odds: 10 },
  { share: 0.05, odds: 100 },
  { share: 0.02, odds: 5_000 },
] as const
/** Stable requests that must be known before their shape is bet on. */
const LEAST_KNOWN = 20
const PSEUDO_COUNTS = 20
const HISTORY_KEPT = 0.98
const RECENT_KEPT = 0.9
const HIGHEST_SHARE = 1 - 1e-6

/** Prior weights of the eight bets: three stretches, three slow shares, the emptying fast end, the plug-in. */
export const LATENCY_WEIGHTS: readonly number[] = [...Array<number>(6).fill(0.35 / 3), 0.1, 0.2]

/** What past windows tell about latency; counts per bucket, fading. */
export interface LatencyShape {
  /** Stable, slowly fading: history and everything since. */
  readonly history: readonly number[]
  /** The last windows of both arms. */
  readonly canary: readonly number[]
  readonly stable: readonly number[]
}

/** The bets for the next window, and the multipliers of the null hypothesis they are placed against. */
export interface LatencyBets {
  readonly ratios: readonly (readonly number[])[]
  /** One per bound; null for strict. */
  readonly multipliers: readonly number[] | null
}

export function openLatencyShape(buckets: number): LatencyShape {
  const none = Array<number>(buckets).fill(0)
  return { history: none, canary: none, stable: none }
}

/** Stable's past share above every bound, smoothed so that it stays strictly between 0 and 1. */
export function pastTail(history: readonly number[]): number[] {
  const buckets = history.length
  const total = totalOf(history)
  return tailCounts(history).map((above, k) => (above + (0.5 * (buckets - 1 - k)) / buckets) / (total + 0.5))
}

/** How many times stable's share above each bound the canary may have, if its requests may take `tolerance` times as long. */
export function toleratedMultipliers(
  tail: readonly number[],
  logSteps: readonly number[],
  tolerance: number,
): number[] | null {
  if (tolerance <= 1) return null
  return stretchTail(tailCurve(tail, logSteps), tolerance).map((share, k) => share / tail[k]!)
}

/**
 * Eight bets from past windows alone, all nondecreasing.
 *
 * @param bounds finite bounds of the buckets, positive and rising, seconds
 * @param tolerance a ratio of times, 1 for strict
 */
export function latencyBets(shape: LatencyShape, bounds: readonly number[], tolerance: number): LatencyBets {
  const logSteps = logBoundSteps(bounds)
  const past = pastTail(shape.history)
  const multipliers = toleratedMultipliers(past, logSteps, tolerance)
  const tolerated = (tail: readonly number[]) =>
    nonincreasing(
      multipliers === null ? tail : tail.map((share, k) => Math.min(HIGHEST_SHARE, multipliers[k]! * share)),
    )
  const recent = smoothShares(shape.canary, shape.stable, PSEUDO_COUNTS)
  const plugIn = risingRatio(recent.canary, density(tolerated(tailCounts(recent.stable))))
  const known = totalOf(shape.history) >= LEAST_KNOWN
  const shaped = known ? shapeBets(tolerated(past), logSteps) : Array<number[]>(7).fill(past.map(() => 1).concat(1))
  return { ratios: [...shaped, plugIn], multipliers }
}

function shapeBets(tail: readonly number[], logSteps: readonly number[]): number[][] {
  const base = density(tail)
  const curve = tailCurve(tail, logSteps)
  return [
    ...STRETCHES.map((factor) => risingRatio(density(stretchTail(curve, factor)), base)),
    ...SLOW_SHARES.map(({ share, odds }) => slowShareRatio(tail, share, odds)),
    fastEndRatio(tail),
  ]
}

function slowShareRatio(tail: readonly number[], share: number, odds: number): number[] {
  const ratios = Array<number>(tail.length + 1)
  let left = odds
  for (let k = 0; k < ratios.length; k += 1) {
    const right = k === tail.length ? 1 : 1 + (odds - 1) * tail[k]!
    ratios[k] = 1 - share + (share * odds) / (left * right)
    left = right
  }
  return ratios
}

/** The canary's distribution function is the square of stable's: few requests stay fast, the slowest are as before. */
function fastEndRatio(tail: readonly number[]): number[] {
  const ratios = Array<number>(tail.length + 1)
  let left = 0
  for (let k = 0; k < ratios.length; k += 1) {
    const right = k === tail.length ? 1 : 1 - tail[k]!
    ratios[k] = left + right + 0.001
    left = right
  }
  return ratios
}

/** Takes a window in, after its bets were settled. */
export function rememberLatency(
  shape: LatencyShape,
  canary: readonly number[],
  stable: readonly number[],
): LatencyShape {
  return {
    history: shape.history.map((count, k) => HISTORY_KEPT * count + stable[k]!),
    canary: shape.canary.map((count, k) => RECENT_KEPT * count + canary[k]!),
    stable: shape.stable.map((count, k) => RECENT_KEPT * count + stable[k]!),
  }
}
