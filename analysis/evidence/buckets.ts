import { type Histogram } from '#decision'
import { InputError } from '#faults'

/** What fell into a cumulative histogram between two scrapes: `counts[k]` at or below `le[k]`, the last bound is Infinity. */
export interface CumulativeCounts {
  readonly le: readonly number[]
  readonly counts: readonly number[]
}

/** The most finite bounds a window may have; no client library's histogram comes near. */
const MAX_BOUNDS = 256

/**
 * Adds histograms up over the bounds that all of them have: pods of one arm may run with different bucket settings.
 *
 * @param subject the histograms as a noun phrase, for the message
 * @returns undefined for no histogram
 * @throws {InputError} when no finite bound is common, since then nothing can be said
 */
export function addHistograms(histograms: readonly CumulativeCounts[], subject: string): Histogram | undefined {
  const [first, ...others] = histograms
  if (first === undefined) return undefined
  const le = others.reduce(
    (common, other) => (sameBounds(common, other.le) ? common : common.filter((bound) => other.le.includes(bound))),
    first.le,
  )
  const finite = le.filter((bound) => bound !== Infinity)
  if (finite.length === 0 || finite.length > MAX_BOUNDS) {
    const received = finite.length === 0 ? 'none' : `${finite.length}`
    throw new InputError(subject, [
      {
        path: 'le',
        text: `expected 1 to ${MAX_BOUNDS} finite bounds that all pods of an arm have, received ${received}`,
      },
    ])
  }
  const cumulative = le.map(() => 0)
  for (const histogram of histograms) {
    if (sameBounds(histogram.le, le)) histogram.counts.forEach((count, k) => (cumulative[k]! += count))
    else le.forEach((bound, k) => (cumulative[k]! += histogram.counts[histogram.le.indexOf(bound)] ?? 0))
  }
  return { le: finite, counts: cumulative.map((count, k) => count - (cumulative[k - 1] ?? 0)) }
}

/** Whether the counts rise with the bounds and the last bound is Infinity, as every sound histogram's do. */
export function isSoundHistogram({ le, counts }: CumulativeCounts): boolean {
  return le.at(-1) === Infinity && counts.every((count, k) => count >= (counts[k - 1] ?? 0))
}

/** Whether two lists of bounds are the same. */
export function sameBounds(a: readonly number[], b: readonly number[]): boolean {
  return a === b || (a.length === b.length && a.every((bound, k) => bound === b[k]))
}
