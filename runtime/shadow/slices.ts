import type { IncomingHttpHeaders } from 'node:http'
import type { ElementType } from '../model/element-type.ts'
import type { Tensor } from '../model/tensor.ts'
import { elementCount } from '../model/tensor.ts'
import type { TensorSpec } from '../model/signature.ts'
import { headerText } from './sampler.ts'

const MAX_LENGTH = 60

/** Nine digits tell any two numbers of float32 apart (IEEE 754). */
const ENOUGH_DIGITS = 10

/** Slices that are counted one by one; every further one is `other`. */
const MAX_SLICES = 50
export const OTHER_SLICE = 'other'

/** Where a request's slice comes from. */
export type SliceSource =
  | { readonly kind: 'header'; /** Lower case. */ readonly name: string }
  /** An element of each row of an input, such as a column of categories. */
  | { readonly kind: 'input'; readonly name: string; readonly column: number }

/** A slice as a label of a metric: short, and one line. */
export function sliceLabel(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, ' ').slice(0, MAX_LENGTH)
}

/** The slice of a request by a header; empty where it has none. */
export function headerSlice(headers: IncomingHttpHeaders, name: string | undefined): string {
  const text = name === undefined ? undefined : headerText(headers, name)
  return text === undefined ? '' : sliceLabel(text)
}

/**
 * The slice of one example by an input; empty where the input does not have the element.
 *
 * @param row 0 where the request is one example
 */
export function inputSlice(
  { name, column }: { readonly name: string; readonly column: number },
  specs: readonly TensorSpec[],
  feeds: readonly Tensor[],
  row: number,
): string {
  const feed = feeds[specs.findIndex((spec) => spec.name === name)]
  if (feed === undefined) return ''
  const width = elementCount(feed.dims.slice(1))
  const value = column < width ? feed.data[row * width + column] : undefined
  if (value === undefined) return ''
  return sliceLabel(typeof value === 'number' ? shortestText(value, feed.type) : String(value))
}

/** The fewest digits that stand for a number of its type: 1.8 and not 1.7999999523162842, which is the same float32. */
function shortestText(value: number, type: ElementType): string {
  const round = { float32: Math.fround, float16: Math.f16round }[type as string]
  if (round === undefined) return String(value)
  for (let digits = 1; digits < ENOUGH_DIGITS; digits += 1) {
    const short = Number(value.toPrecision(digits))
    if (Object.is(round(short), value)) return String(short)
  }
  return String(value)
}

/** Bounds how many slices there are: the first fifty that appear keep their names. */
export function sliceNamer(): (slice: string) => string {
  const known = new Set<string>()
  return (slice) => {
    if (known.has(slice)) return slice
    if (known.size >= MAX_SLICES) return OTHER_SLICE
    known.add(slice)
    return slice
  }
}
