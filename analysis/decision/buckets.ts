import { totalOf } from './counts.ts'
import type { Histogram } from './window.ts'

/** Bounds that both lists have; both rise. */
export function commonBounds(a: readonly number[], b: readonly number[]): readonly number[] {
  if (sameBounds(a, b)) return a
  const known = new Set(b)
  return a.filter((bound) => known.has(bound))
}

export function sameBounds(a: readonly number[], b: readonly number[]): boolean {
  return a === b || (a.length === b.length && a.every((bound, k) => bound === b[k]))
}

/** Counts per bucket of fewer bounds. @param bounds some of the histogram's own */
export function countsIn({ le, counts }: Histogram, bounds: readonly number[]): readonly number[] {
  return sameBounds(le, bounds) ? counts : regroup(counts, le, bounds)
}

/** Counts per bucket of `to`, from those of `from`, of which `to` is a part. Missing counts are 0. */
export function regroup(counts: readonly number[], from: readonly number[], to: readonly number[]): number[] {
  const grouped = Array<number>(to.length + 1).fill(0)
  let place = 0
  for (let k = 0; k <= from.length; k += 1) {
    grouped[place] = grouped[place]! + (counts[k] ?? 0)
    if (place < to.length && from[k] === to[place]) place += 1
  }
  return grouped
}

/** Places in `from` of the bounds in `to`. */
export function placesOf(from: readonly number[], to: readonly number[]): number[] {
  return to.map((bound) => from.indexOf(bound))
}

/**
 * Drops bounds until `most` are left: always the one whose loss merges the least, by a measure of the two neighbours.
 *
 * @param loss cost of dropping the bound at place k, given the places of the bounds before and after it that are left
 *   (-1 and the number of bounds stand for the ends)
 * @param keep a bound that stays
 */
export function thinBounds(
  bounds: readonly number[],
  most: number,
  loss: (before: number, here: number, after: number) => number,
  keep?: number,
): number[] {
  const left = bounds.map((_, k) => k)
  while (left.length > most) {
    let cheapest = -1
    let least = Infinity
    left.forEach((here, i) => {
      if (bounds[here] === keep) return
      const cost = loss(left[i - 1] ?? -1, here, left[i + 1] ?? bounds.length)
      if (cost >= least) return
      least = cost
      cheapest = i
    })
    left.splice(cheapest, 1)
  }
  return left.map((k) => bounds[k]!)
}

/** Place of the bound nearest to a value, by ratio; bounds and value are positive. */
export function nearestBound(bounds: readonly number[], value: number): number {
  let nearest = 0
  bounds.forEach((bound, k) => {
    if (Math.abs(Math.log(bound / value)) < Math.abs(Math.log(bounds[nearest]! / value))) nearest = k
  })
  return nearest
}

/**
 * Quantile by linear interpolation within its bucket, as Prometheus' `histogram_quantile` does; for display alone, because
 * with wide buckets it reads far from the truth. Beyond the largest bound that bound is given.
 */
export function bucketQuantile(bounds: readonly number[], counts: readonly number[], quantile: number): number | null {
  const total = totalOf(counts)
  if (total <= 0) return null
  const rank = quantile * total
  let below = 0
  for (let k = 0; k < bounds.length; k += 1) {
    const here = counts[k]!
    if (below + here >= rank && here > 0) {
      const start = k === 0 ? Math.min(0, bounds[0]!) : bounds[k - 1]!
      return start + ((bounds[k]! - start) * (rank - below)) / here
    }
    below += here
  }
  return bounds.at(-1) ?? null
}
