/** Bets on a rate other than a fixed limit: what each event and each other request multiplies the wealth by. */
export interface LimitBets {
  readonly logEvent: readonly number[]
  readonly logOther: readonly number[]
}

/**
 * Likelihood ratios of the given rates against the limit, exact for any rate. Rates above the limit give evidence against
 * "rate <= limit", rates below it against "rate >= limit".
 *
 * @param limit a fraction, strictly between 0 and 1; so are the rates
 */
export function limitBets(limit: number, rates: readonly number[]): LimitBets {
  return {
    logEvent: rates.map((rate) => Math.log(rate / limit)),
    logOther: rates.map((rate) => Math.log((1 - rate) / (1 - limit))),
  }
}

/** Log e-value of every bet for one window. */
export function oneSampleLogE(bets: LimitBets, requests: number, events: number): number[] {
  return bets.logEvent.map((logEvent, j) => events * logEvent + (requests - events) * bets.logOther[j]!)
}
