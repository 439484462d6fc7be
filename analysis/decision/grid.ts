/** Ratios above the tolerated one on which bets against the canary are placed: 1.125, 1.25, 1.5, 2, 3 … 129. */
export const HARM_RATIOS: readonly number[] = Array.from({ length: 11 }, (_, j) => 1 + 0.125 * 2 ** j)

/** Fractions of the margin on which bets for the canary are placed; each carries the same weight. */
export const PROMOTION_RATIOS: readonly number[] = [0.02, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9]

/**
 * Weights of the bets on harm, adding up to 1: a bell over the logarithm of the excess, centred at three times the
 * tolerated rate, because regressions between +50 % and tenfold are the ones a rollout can still catch in time.
 */
export function harmWeights(ratios: readonly number[]): number[] {
  const weights = ratios.map((ratio) => Math.exp(-0.5 * (Math.log2((ratio - 1) / 2) / 3) ** 2))
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  return weights.map((weight) => weight / total)
}
