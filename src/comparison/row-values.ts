import type { Tensor } from '#runtime'

const MAX_VALUES = 64
const MAX_TEXT_LENGTH = 200
/** Tell all float16 numbers apart. */
const FLOAT16_DIGITS = 5

/**
 * One row of a tensor as JSON values, flat, for people: NaN, infinities and whole numbers beyond 2^53 are texts, and of a long
 * row the first 64 values are shown and how many follow.
 *
 * @param rows how many rows the tensor has
 * @returns a bare value where the row holds one
 */
export function rowValues({ type, data }: Tensor, row: number, rows: number): unknown {
  const width = data.length / rows
  const shown = Math.min(width, MAX_VALUES)
  const values: unknown[] = []
  for (let i = row * width; i < row * width + shown; i += 1) values.push(plainValue(data[i]!, type))
  if (width === 1) return values[0]
  return shown < width ? [...values, `… ${width - shown} more`] : values
}

function plainValue(value: number | bigint | string, type: Tensor['type']): unknown {
  if (type === 'bool') return value === 1
  if (typeof value === 'string') return value.length > MAX_TEXT_LENGTH ? `${value.slice(0, MAX_TEXT_LENGTH)}…` : value
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : String(value)
  if (!Number.isFinite(value)) return String(value)
  if (type === 'float16') return Number(value.toPrecision(FLOAT16_DIGITS))
  return type === 'float32' ? shortest(value) : value
}

/** The shortest number that is the same float32: 5.1 and not 5.099999904632568. Nine digits tell all of them apart. */
function shortest(value: number): number {
  for (let digits = 1; digits < 9; digits += 1) {
    const short = Number(value.toPrecision(digits))
    if (Math.fround(short) === value) return short
  }
  return Number(value.toPrecision(9))
}
