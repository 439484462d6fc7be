import { addLogs, sumLogs } from './log-space.ts'

/** Share of the reserve invested in the first window of the rollout, the first of a later step, and any other. */
const INVESTED = { rollout: 0.5, step: 0.4, window: 0.01 } as const

/**
 * Wealth of several predictable bets that start at changing times. Begins at 1 (log 0); its expectation never rises while
 * the null hypothesis holds, because each bet is multiplied by an e-value and no more than the reserve is ever invested.
 */
export interface MixtureState {
  /** What has not been bet yet, a fraction. */
  readonly reserve: number
  /** Log wealth of each bet; empty before the first window, when nothing is invested. */
  readonly logWealth: readonly number[]
  /** Log of reserve plus wealth: the evidence. */
  readonly logE: number
  /** Step of the newest window. */
  readonly step: number
}

export function openMixture(): MixtureState {
  return { reserve: 1, logWealth: [], logE: 0, step: 0 }
}

/**
 * Adds one window. A part of the reserve is invested in "the regression starts now", so that a canary that goes bad late
 * does not have to earn back what the bets lost while it was good (a mixture over change points).
 *
 * @param logWeights log prior weight of each bet
 * @param logBets log e-value of each bet for this window
 * @param step number of the window's step; another one than before invests more
 * @param cap the most by which the log evidence may grow in one window, so that one bad scrape decides nothing; what is
 *   above is taken from the bets alone, so up to the reserve (a wealth below 1) may come on top
 */
export function investMixture(
  state: MixtureState,
  logWeights: readonly number[],
  logBets: readonly number[],
  step: number,
  cap = Infinity,
): MixtureState {
  const first = state.logWealth.length === 0
  const invested = (first ? INVESTED.rollout : step === state.step ? INVESTED.window : INVESTED.step) * state.reserve
  const reserve = state.reserve - invested
  const logInvested = Math.log(invested)
  const logWealth = logBets.map((logBet, j) => {
    const held = first ? -Infinity : state.logWealth[j]!
    return addLogs(held, logInvested + logWeights[j]!) + logBet
  })
  const logReserve = Math.log(reserve)
  const logE = addLogs(sumLogs(logWealth), logReserve)
  const excess = logE - (state.logE + cap)
  if (!(excess > 0)) return { reserve, logWealth, logE, step }
  const capped = logWealth.map((wealth) => wealth - excess)
  return { reserve, logWealth: capped, logE: addLogs(sumLogs(capped), logReserve), step }
}
