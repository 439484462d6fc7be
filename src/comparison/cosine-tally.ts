import type { NumericElement, Tensor } from '#runtime'
import { openSketch } from './quantile-sketch.ts'

/** Cosine similarities of rows, -1 to 1: 1 where both models point the same way, whatever the lengths. */
export interface CosineSummary {
  readonly min: number
  /** Its distance from 1 is within one hundredth of itself. */
  readonly median: number
  /** Rows that have a direction in both models: of finite numbers, not all of them 0. */
  readonly rows: number
}

export interface CosineTally {
  /** Takes in what both models gave to one request, equal in type and shape. */
  add(stable: Tensor, canary: Tensor): void
  /** Null where no row has a direction. */
  summarize(): CosineSummary | null
}

/** Gathers how alike both models' rows of several numbers point, as embeddings are compared. */
export function openCosineTally(): CosineTally {
  const distances = openSketch()
  let largest = 0

  return {
    add({ dims: [rows = 0], data }, { data: other }) {
      const width = data.length / rows
      if (!(width > 1)) return
      for (let row = 0; row < rows; row += 1) {
        const distance = cosineDistance(
          { data: data as ArrayLike<NumericElement>, from: row * width, width },
          { data: other as ArrayLike<NumericElement>, from: row * width, width },
        )
        if (distance === undefined) continue
        distances.add(distance)
        largest = Math.max(largest, distance)
      }
    },
    summarize() {
      if (distances.count === 0) return null
      const median = Math.min(largest, distances.quantile(0.5))
      return { min: 1 - largest, median: 1 - median, rows: distances.count }
    },
  }
}

/** One row of a tensor, where it lies. */
interface Row {
  readonly data: ArrayLike<NumericElement>
  readonly from: number
  readonly width: number
}

/**
 * 1 - cos is half the squared distance of two directions; computed so, it is exact where both are nearly the same.
 *
 * @returns 0 to 2; undefined where a row has no direction
 */
function cosineDistance(a: Row, b: Row): number | undefined {
  const [scaleA, scaleB] = [scaleOf(a), scaleOf(b)]
  if (scaleA === undefined || scaleB === undefined) return undefined
  let square = 0
  for (let i = 0; i < a.width; i += 1) square += (elementOf(a, i, scaleA) - elementOf(b, i, scaleB)) ** 2
  return Math.min(2, square / 2)
}

/** What a row is divided by to have length 1: by its largest number first, so that no square is too large or too small. */
interface Scale {
  readonly largest: number
  readonly length: number
}

function scaleOf(row: Row): Scale | undefined {
  let largest = 0
  for (let i = 0; i < row.width; i += 1) largest = Math.max(largest, Math.abs(elementOf(row, i, UNSCALED)))
  if (largest === 0 || !Number.isFinite(largest)) return undefined
  let square = 0
  for (let i = 0; i < row.width; i += 1) square += elementOf(row, i, { largest, length: 1 }) ** 2
  return { largest, length: Math.sqrt(square) }
}

const UNSCALED: Scale = { largest: 1, length: 1 }

function elementOf({ data, from }: Row, i: number, { largest, length }: Scale): number {
  return Number(data[from + i]) / largest / length
}
