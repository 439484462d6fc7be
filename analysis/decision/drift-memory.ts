import { totalOf, type ArmCounts } from './counts.ts'
import type { GradientOf } from './distances.ts'
import { driftLogE, equalityBet, toleranceBet } from './drift-bet.ts'
import { smoothShares } from './smooth-shares.ts'

const RECENT_KEPT = 0.9
/** What a new step keeps of the long memory: the traffic may have changed with the weight. */
const STEP_KEPT = 0.25

/** Estimates to bet on: which memory, drawn towards the pool by how many pseudo-counts. Equal prior weights. */
const TOLERANCE_BETS = [
  { memory: 'long', pseudoCounts: 20 },
  { memory: 'long', pseudoCounts: 200 },
  { memory: 'recent', pseudoCounts: 20 },
] as const
const EQUALITY_BETS = [
  { memory: 'long', pseudoCounts: 100 },
  { memory: 'long', pseudoCounts: 1_000 },
  { memory: 'recent', pseudoCounts: 100 },
] as const

export const DRIFT_LOG_WEIGHTS: readonly number[] = TOLERANCE_BETS.map(() => -Math.log(TOLERANCE_BETS.length))

/** Past counts per category from which the next window's bets are made. */
export interface DriftMemory {
  readonly long: ArmCounts
  readonly recent: ArmCounts
}

export function openDriftMemory(categories: number): DriftMemory {
  const none = Array<number>(categories).fill(0)
  const empty = { canary: none, stable: none }
  return { long: empty, recent: empty }
}

/** At the start of a step the long memory keeps a quarter of its counts. */
export function fadeForStep(memory: DriftMemory): DriftMemory {
  const fade = (counts: readonly number[]) => counts.map((count) => STEP_KEPT * count)
  return { ...memory, long: { canary: fade(memory.long.canary), stable: fade(memory.long.stable) } }
}

/** Takes a window in, after its bets were settled. */
export function rememberDrift(memory: DriftMemory, window: ArmCounts): DriftMemory {
  const add = (sum: readonly number[], counts: readonly number[], kept: number) =>
    counts.map((count, k) => kept * sum[k]! + count)
  return {
    long: {
      canary: add(memory.long.canary, window.canary, 1),
      stable: add(memory.long.stable, window.stable, 1),
    },
    recent: {
      canary: add(memory.recent.canary, window.canary, RECENT_KEPT),
      stable: add(memory.recent.stable, window.stable, RECENT_KEPT),
    },
  }
}

/**
 * Log e-value of each bet for a window.
 *
 * @param limit on the distance; null tests "both arms predict alike"
 */
export function driftBets(
  memory: DriftMemory,
  window: ArmCounts,
  gradient: GradientOf,
  limit: number | null,
): number[] {
  const bets = limit === null ? EQUALITY_BETS : TOLERANCE_BETS
  const canaryTotal = totalOf(window.canary)
  const stableTotal = totalOf(window.stable)
  if (canaryTotal <= 0 || stableTotal <= 0) return bets.map(() => 0)
  const split = canaryTotal / (canaryTotal + stableTotal)
  return bets.map((bet) => {
    const past = memory[bet.memory]
    const { canary, stable } = smoothShares(past.canary, past.stable, bet.pseudoCounts)
    const factors =
      limit === null ? equalityBet(canary, stable, split) : toleranceBet(canary, stable, split, gradient, limit)
    return factors === null ? 0 : driftLogE(factors, window.canary, window.stable)
  })
}
