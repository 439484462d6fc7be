import { sumLogs } from './log-space.ts'

/**
 * Evidence of one step that the canary is no worse than its margin: log wealth of bets that all started with the step, each
 * with the same weight. Plain JSON.
 */
export interface Promotion {
  readonly step: number
  readonly logWealth: readonly number[]
}

/** @param step number of the step; evidence of another step never counts */
export function openPromotion(step: number, bets: number): Promotion {
  return { step, logWealth: Array<number>(bets).fill(0) }
}

/** Adds one window's log e-values, already divided by the dispersion. */
export function addToPromotion(state: Promotion, logBets: readonly number[], dispersion: number): Promotion {
  return { ...state, logWealth: state.logWealth.map((wealth, j) => wealth + logBets[j]! / dispersion) }
}

/** Log of the mean wealth. */
export function promotionLogE(state: Promotion): number {
  return sumLogs(state.logWealth) - Math.log(state.logWealth.length)
}
