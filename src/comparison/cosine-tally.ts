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
        const a = directionOf(data as ArrayLike<NumericElement>, row * width, width)
        const b = directionOf(other as ArrayLike<NumericElement>, row * width, width)
        if (a === undefined || b === undefined) continue
        const distance = cosineDistance(a, b)
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

/** Scaled to length 1; by the largest number first, so that no square is too large. */
function directionOf(data: ArrayLike<NumericElement>, from: number, width: number): Float64Array | undefined {
  const values = Float64Array.from({ length: width }, (_, i) => Number(data[from + i]))
  let largest = 0
  for (const value of values) largest = Math.max(largest, Math.abs(value))
  if (largest === 0 || !Number.isFinite(largest)) return undefined
  let square = 0
  for (const value of values) square += (value / largest) ** 2
  const length = Math.sqrt(square)
  return values.map((value) => value / largest / length)
}

/** 1 - cos is half the squared distance of two directions; computed so, it is exact where both are nearly the same. */
function cosineDistance(a: Float64Array, b: Float64Array): number {
  let square = 0
  for (let i = 0; i < a.length; i += 1) square += (a[i]! - b[i]!) ** 2
  return Math.min(2, square / 2)
}
