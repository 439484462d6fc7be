import type { NumericElement, OutputRole, Tensor } from '#runtime'
import { sameTop, spearman } from './rank-agreement.ts'

/** Whether both models put things in the same order. */
export interface RankAgreement {
  /** `classes`: the scores of each row's classes, the mean over rows; `rows`: the values of different rows. */
  readonly of: 'classes' | 'rows'
  /** Spearman's rank correlation, -1 to 1; null where everything was equal. */
  readonly spearman: number | null
  /** Share of rows whose k highest classes are the same; empty for `rows`. */
  readonly top: readonly { readonly k: number; readonly share: number }[]
  /** Rows that this was computed from, the first of the file. */
  readonly rows: number
}

export interface RankTally {
  add(stable: Tensor, canary: Tensor): void
  /** Null where there is nothing to put in order. */
  summarize(): RankAgreement | null
}

/** Order costs sorting, and of values over all rows memory: the first rows tell enough. */
const MAX_ROWS = 10_000
const MAX_CLASSES = 1_024
const TOPS = [1, 2, 3, 5, 10] as const

export function openRankTally(role: OutputRole): RankTally {
  if (role !== 'number' && role !== 'scores' && role !== 'detail')
    return { add: () => undefined, summarize: () => null }
  const isPrediction = role === 'number'
  const values: { readonly stable: number[]; readonly canary: number[] } = { stable: [], canary: [] }
  const agreeing = new Map<number, number>()
  let [rows, correlated, total] = [0, 0, 0]
  let width = 0

  function addClasses(stable: ArrayLike<number>, canary: ArrayLike<number>): void {
    rows += 1
    const rho = spearman(stable, canary)
    if (rho !== undefined) {
      correlated += 1
      total += rho
    }
    for (const k of TOPS) {
      if (k < width && sameTop(stable, canary, k)) agreeing.set(k, (agreeing.get(k) ?? 0) + 1)
    }
  }

  return {
    add({ dims, data }, { data: other }) {
      const [count, classes = 1, ...more] = dims
      if (count === undefined || more.length > 0 || classes > MAX_CLASSES || rows >= MAX_ROWS) return
      // The elements of an embedding are no classes: their order says nothing.
      if (isPrediction && classes > 1) return
      if (width !== 0 && width !== classes) return
      width = classes
      const [a, b] = [data, other] as [ArrayLike<NumericElement>, ArrayLike<NumericElement>]
      for (let row = 0; row < count && rows < MAX_ROWS; row += 1) {
        const [stable, canary] = [numbersOf(a, row, width), numbersOf(b, row, width)]
        if (!stable.every(Number.isFinite) || !canary.every(Number.isFinite)) continue
        if (width > 1) {
          addClasses(stable, canary)
          continue
        }
        rows += 1
        values.stable.push(stable[0]!)
        values.canary.push(canary[0]!)
      }
    },
    summarize() {
      if (rows === 0) return null
      if (width === 1) {
        return { of: 'rows', spearman: spearman(values.stable, values.canary) ?? null, top: [], rows }
      }
      const top = TOPS.filter((k) => k < width).map((k) => ({ k, share: (agreeing.get(k) ?? 0) / rows }))
      return { of: 'classes', spearman: correlated === 0 ? null : total / correlated, top, rows }
    },
  }
}

function numbersOf(data: ArrayLike<NumericElement>, row: number, width: number): Float64Array {
  return Float64Array.from({ length: width }, (_, i) => Number(data[row * width + i]))
}
