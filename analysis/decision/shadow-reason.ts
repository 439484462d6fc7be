import { formatCount, formatPercent } from './format.ts'
import { clip, showValue } from '#faults'
import type { PairShare, SignalReport } from './verdict.ts'
import type { ShadowCause } from './window.ts'

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

/** How causes of disagreements are told, each after the number of its pairs. */
const DIFFERENCES: Readonly<Partial<Record<ShadowCause, string>>> = {
  label: 'with another label',
  number: 'with a number beyond its tolerance',
  nan: 'with NaN or an infinity on one side',
  form: 'with an output missing or of another type or shape',
}

/**
 * `312 with a number beyond its tolerance, 20 with another label`; nothing where labels alone differ, which is what a reader
 * takes for granted.
 */
export function differenceReasons(report: SignalReport | undefined): string[] {
  const causes = report?.causes ?? {}
  if ((causes.signature ?? 0) > 0) return ['the candidate has other inputs or outputs than stable and cannot be asked']
  const counted = (Object.keys(DIFFERENCES) as ShadowCause[])
    .map((cause) => ({ cause, pairs: causes[cause] ?? 0 }))
    .filter(({ pairs }) => pairs > 0)
    .sort((a, b) => b.pairs - a.pairs)
  if (counted.every(({ cause }) => cause === 'label')) return []
  return [counted.map(({ cause, pairs }) => `${formatCount(pairs)} ${DIFFERENCES[cause]!}`).join(', ')]
}

/** `on 64 it did not answer in time`; nothing of ordinary failures. */
export function hangReasons(report: SignalReport | undefined): string[] {
  const hung = report?.causes?.hung ?? 0
  return hung === 0 ? [] : [`on ${formatCount(hung)} it did not answer in time`]
}

/** `worst in slice "acme": 21 % (42 of 200)`; nothing where no slice stands out. */
export function sliceReasons(report: SignalReport | undefined): string[] {
  const worst = report?.slices?.find(({ standsOut }) => standsOut)
  return worst === undefined ? [] : [`worst in slice ${showValue(clip(worst.slice, MAX_SLICE_NAME))}: ${share(worst)}`]
}

function share({ pairs, disagreements, estimate }: PairShare, what = ''): string {
  return `${formatPercent(estimate.value)}${what} (${formatCount(disagreements)} of ${formatCount(pairs)})`
}
