import { drawing, textWidth, valueAxis, type Area, type ChartText } from './chart-frame.ts'
import { scaleFromZero } from './chart-scale.ts'
import { coordinate, markup, type Markup } from './markup.ts'
import { clipCells, visibleText } from './text-cells.ts'

/** Bars side by side, one per series, in groups along the horizontal axis. */
export interface BarChart extends ChartText {
  /** Labels under the middle of the groups, or at the edges between them (one label fewer than groups). */
  readonly labels: readonly string[]
  readonly labelsAt: 'groups' | 'edges'
  readonly series: readonly BarSeries[]
  readonly format: (value: number) => string
  /** A limit between two groups: at 2.5 it stands in the middle of the third group. */
  readonly marker: { readonly at: number; readonly label: string } | null
}

export interface BarSeries {
  readonly name: string
  /** Class of the style sheet that gives the colour. */
  readonly style: string
  /** One value per group, 0 or above. */
  readonly values: readonly number[]
}

const WIDTH = 540
const HEIGHT = 250
const MAX_LABEL_CELLS = 16
/** Above so many bars their values would run into each other. */
const MAX_VALUES_SHOWN = 12

/** Draws a bar chart with its axis from zero to a round share above the highest bar. */
export function drawBars(chart: BarChart): Markup {
  const groups = Math.max(1, ...chart.series.map(({ values }) => values.length))
  const highest = Math.max(0, ...chart.series.flatMap(({ values }) => values))
  const labels = chart.labels.map((label) => clipCells(visibleText(label), MAX_LABEL_CELLS))
  const columns = (WIDTH - 56) / groups
  const widest = Math.max(0, ...labels.map(textWidth))
  const slanted = widest > columns - 6
  const bottom = HEIGHT - (slanted ? 14 + widest * 0.6 : 26)
  const area: Area = { left: 48, right: WIDTH - 8, top: chart.marker === null ? 14 : 26, bottom }
  const scale = scaleFromZero(highest, [area.bottom, area.top], 4)
  const pitch = (area.right - area.left) / groups
  const thickness = Math.min(34, (pitch * 0.8) / Math.max(1, chart.series.length))
  const showValues = groups * chart.series.length <= MAX_VALUES_SHOWN

  const bars = chart.series.flatMap(({ name, style, values }, index) =>
    values.map((value, group) => {
      const middle = area.left + (group + 0.5) * pitch
      const x = middle + (index - chart.series.length / 2) * thickness
      const y = scale.at(value)
      return markup`<rect class="bar ${style}" x="${coordinate(x + 0.5)}" y="${coordinate(y)}" width="${coordinate(
        Math.max(0.5, thickness - 1),
      )}" height="${coordinate(area.bottom - y)}"><title>${groupName(chart, group)}: ${name} ${chart.format(value)}</title></rect>
${
  showValues
    ? markup`<text class="value" x="${coordinate(x + thickness / 2)}" y="${coordinate(y - 4)}" text-anchor="middle">${chart.format(value)}</text>
`
    : null
}`
    }),
  )
  return drawing(
    chart,
    WIDTH,
    HEIGHT,
    markup`${valueAxis(scale, area, chart.format)}${bars}
<path class="axis" d="M${coordinate(area.left)} ${coordinate(area.bottom)}H${coordinate(area.right)}"/>
${groupLabels(labels, chart.labelsAt, area, pitch, slanted)}${marker(chart.marker, area, pitch)}`,
  )
}

function groupLabels(
  labels: readonly string[],
  labelsAt: BarChart['labelsAt'],
  { left, bottom }: Area,
  pitch: number,
  slanted: boolean,
): Markup {
  return markup`${labels.map((label, index) => {
    const x = coordinate(left + (index + (labelsAt === 'edges' ? 1 : 0.5)) * pitch)
    const tick = labelsAt === 'edges' ? markup`<path class="axis" d="M${x} ${coordinate(bottom)}v4"/>` : null
    const y = coordinate(bottom + (slanted ? 12 : 17))
    return slanted
      ? markup`${tick}<text class="tick" x="${x}" y="${y}" text-anchor="end" transform="rotate(-38 ${x} ${y})">${label}</text>
`
      : markup`${tick}<text class="tick" x="${x}" y="${y}" text-anchor="middle">${label}</text>
`
  })}`
}

function marker(limit: BarChart['marker'], { left, right, top, bottom }: Area, pitch: number): Markup | null {
  if (limit === null) return null
  const position = Math.min(right, Math.max(left, left + limit.at * pitch))
  const x = coordinate(position)
  const half = textWidth(limit.label) / 2
  const label = coordinate(Math.min(right - half, Math.max(left + half, position)))
  return markup`<path class="limit" d="M${x} ${coordinate(top - 8)}V${coordinate(bottom)}"/>
<text class="limit-label" x="${label}" y="${coordinate(top - 12)}" text-anchor="middle">${limit.label}</text>
`
}

function groupName({ labels, labelsAt }: BarChart, group: number): string {
  if (labelsAt === 'groups') return labels[group] ?? ''
  const from = labels[group - 1]
  const to = labels[group]
  if (from === undefined) return to === undefined ? 'all' : `up to ${to}`
  return to === undefined ? `above ${from}` : `${from} to ${to}`
}
