import { formatCount, formatPercent } from './format.ts'
import { clip, showValue } from '#faults'
import type { PairShare, SignalReport } from './verdict.ts'

/** Slices are named by users' requests, and a message has room for a name. */
const MAX_SLICE_NAME = 40

/**
 * `stable contradicts itself on 3.1 % of its own inputs (62 of 2,000), …`; nothing unless it is proved to do so more often
 * than the policy lets the models disagree. It is of a copy of stable and not of every candidate that this can be said: one
 * that always gives stable's most frequent answer disagrees with it down to half as often.
 */
export function noiseReasons(report: SignalReport | undefined): string[] {
  if (report?.noise === undefined || report.noise.estimate.low <= report.limit) return []
  return [
    `stable contradicts itself on ${share(report.noise, ' of its own inputs')}, so not even a copy of it can ` +
      `stay under ${formatPercent(report.limit)}: raise maxDisagreement or widen tolerances`,
  ]
}

/** `worst in slice "acme": 21 % (42 of 200)`; nothing where no slice stands out. */
export function sliceReasons(report: SignalReport | undefined): string[] {
  const worst = report?.slices?.find(({ standsOut }) => standsOut)
  return worst === undefined ? [] : [`worst in slice ${showValue(clip(worst.slice, MAX_SLICE_NAME))}: ${share(worst)}`]
}

function share({ pairs, disagreements, estimate }: PairShare, what = ''): string {
  return `${formatPercent(estimate.value)}${what} (${formatCount(disagreements)} of ${formatCount(pairs)})`
}
