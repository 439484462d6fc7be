import { formatCount, formatShare } from '../presentation/format-figures.ts'
import type { ShadowRecord } from './record.ts'

/**
 * What the comparison found, in one line: `788 of 1,173 answers differ (67 %): versicolor → virginica 412, …`.
 *
 * @param maxFlips flips that are named, the commonest first
 */
export function describeComparison(shadow: ShadowRecord, maxFlips: number): string {
  const { pairs, disagreements, canaryOnlyErrors, stableOnlyErrors, flips } = shadow
  if (pairs === 0) return 'no answers were compared yet'
  const share = disagreements === 0 ? '' : ` (${formatShare(disagreements / pairs)})`
  const named = flips
    .slice(0, maxFlips)
    .map(({ stable, canary, count }) => `${stable} → ${canary} ${formatCount(count)}`)
  const failures = [
    canaryOnlyErrors > 0 ? `the canary alone failed ${formatCount(canaryOnlyErrors)}` : '',
    stableOnlyErrors > 0 ? `stable alone failed ${formatCount(stableOnlyErrors)}` : '',
  ].filter((text) => text !== '')
  const details = [...named, ...(flips.length > maxFlips ? ['…'] : [])].join(', ')
  return [
    `${formatCount(disagreements)} of ${formatCount(pairs)} answers differ${share}${details === '' ? '' : `: ${details}`}`,
    ...failures,
  ].join('; ')
}
