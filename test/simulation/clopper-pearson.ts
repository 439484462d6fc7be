import { binomialTail } from './binomial-tail.ts'

/**
 * The largest rate that `events` in `runs` do not refute: if the rate were higher, so few events would have had a chance
 * below 1 - confidence (Clopper and Pearson 1934, doi:10.1093/biomet/26.4.404; one-sided).
 *
 * @returns a fraction, 1 when every run had the event
 */
export function upperLimit(events: number, runs: number, confidence = 0.95): number {
  if (events >= runs) return 1
  let [low, high] = [events / runs, 1]
  for (let i = 0; i < 60; i++) {
    const rate = (low + high) / 2
    // P(at most `events`) = 1 - P(at least events + 1)
    if (1 - binomialTail(events + 1, runs, rate) > 1 - confidence) low = rate
    else high = rate
  }
  return high
}
