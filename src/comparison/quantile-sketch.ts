/** Quantiles and a histogram of numbers of 0 or more, in memory that does not grow with how many there are. */
export interface QuantileSketch {
  add(value: number): void
  /** The same as `add(0)`, which is by far the most frequent. */
  addZero(): void
  readonly count: number
  /** @returns at most `RELATIVE_ERROR` away from the value of that rank; 0 where nothing was added */
  quantile(fraction: number): number
  /** How many values other than 0 lie in (edges[k - 1], edges[k]]; one more count than edges, with zeros left out. */
  counts(edges: readonly number[]): number[]
}

export const RELATIVE_ERROR = 0.01

const GAMMA = (1 + RELATIVE_ERROR) / (1 - RELATIVE_ERROR)
const LOG_GAMMA = Math.log(GAMMA)

/**
 * DDSketch: buckets whose bounds grow by a fixed ratio, so that every value in one is within the relative error of its middle
 * (Masson, Rim and Lee 2019, arXiv 1908.10693). Numbers of float64 need at most 71,000 buckets, those of one model a few
 * hundred.
 */
export function openSketch(): QuantileSketch {
  const buckets = new Map<number, number>()
  let zeros = 0
  let count = 0

  return {
    add(value) {
      count += 1
      if (value === 0) {
        zeros += 1
        return
      }
      const index = Math.ceil(Math.log(value) / LOG_GAMMA)
      buckets.set(index, (buckets.get(index) ?? 0) + 1)
    },
    addZero() {
      count += 1
      zeros += 1
    },
    get count() {
      return count
    },
    quantile(fraction) {
      const rank = fraction * (count - 1)
      if (count === 0 || rank < zeros) return 0
      let below = zeros
      let last = 0
      for (const index of [...buckets.keys()].sort((a, b) => a - b)) {
        below += buckets.get(index)!
        last = index
        if (below > rank) break
      }
      return middle(last)
    },
    counts(edges) {
      const counts = new Array<number>(edges.length + 1).fill(0)
      for (const [index, inside] of buckets) {
        const at = edges.findIndex((edge) => middle(index) <= edge)
        counts[at === -1 ? edges.length : at]! += inside
      }
      return counts
    },
  }
}

/** The number that is as far from both bounds of a bucket, in relation to them. */
function middle(index: number): number {
  return (2 * GAMMA ** index) / (GAMMA + 1)
}
