import type { Scale } from './chart-scale.ts'
import { coordinate, markup, type Fragment, type Markup } from './markup.ts'
import { cellsOf } from './text-cells.ts'

/** Where a chart draws inside of its view box. */
export interface Area {
  readonly left: number
  readonly right: number
  readonly top: number
  readonly bottom: number
}

/** What a chart says to those who do not see it, and what identifies it on its page. */
export interface ChartText {
  /** Unique on the page; letters, digits and hyphens. */
  readonly id: string
  readonly title: string
  readonly description: string
}

/** The outer element of every chart: scales with its column, is announced as one image with a title and a description. */
export function drawing({ id, title, description }: ChartText, width: number, height: number, inner: Fragment): Markup {
  return markup`<svg class="chart" viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="${id}-t ${id}-d">
<title id="${id}-t">${title}</title><desc id="${id}-d">${description}</desc>
${inner}</svg>
`
}

/** Horizontal grid lines with their values to the left. */
export function valueAxis(scale: Scale, { left, right }: Area, format: (value: number) => string): Markup {
  return markup`${scale.ticks.map((value) => {
    const y = coordinate(scale.at(value))
    return markup`<path class="grid" d="M${coordinate(left)} ${y}H${coordinate(right)}"/>
<text class="tick" x="${coordinate(left - 6)}" y="${y}" dy=".32em" text-anchor="end">${format(value)}</text>
`
  })}`
}

/** The base line of a time axis with its values below. */
export function timeAxis(scale: Scale, { left, right, bottom }: Area, format: (value: number) => string): Markup {
  const base = coordinate(bottom)
  return markup`<path class="axis" d="M${coordinate(left)} ${base}H${coordinate(right)}"/>
${scale.ticks.map((value) => {
  const x = coordinate(scale.at(value))
  return markup`<path class="axis" d="M${x} ${base}v4"/>
<text class="tick" x="${x}" y="${coordinate(bottom + 17)}" text-anchor="middle">${format(value)}</text>
`
})}`
}

/** Width of a text in the charts' type, whose characters are about half as wide as they are high. */
export function textWidth(text: string): number {
  return cellsOf(text) * 6.1
}
