import { drawing, element, label } from './svg.ts'

export type Mark = 'disc' | 'square' | 'ring' | 'diamond' | 'cross' | 'triangle'

export interface Series {
  readonly name: string
  readonly mark: Mark
  readonly colour: string
  /** Pixels below the middle of the row, so that equal values of two series stay apart. */
  readonly shift?: number
}

export interface Dot {
  readonly series: string
  readonly value: number
  /** Upper end of a whisker that begins at the value. */
  readonly until?: number
}

export interface DotChart {
  readonly title: string
  readonly axisTitle: string
  readonly series: readonly Series[]
  readonly rows: readonly { readonly name: string; readonly dots: readonly Dot[] }[]
  /** Powers of ten that the logarithmic axis spans, the lower one first. */
  readonly decades: readonly [number, number]
  readonly tick: (value: number) => string
  /** Values below the axis have a place of their own at the left, under this label. */
  readonly zeroLabel?: string
  /** Values above the axis, such as "never found", have a place at the right. */
  readonly beyondLabel?: string
  /** A vertical line with its label. */
  readonly goal?: { readonly value: number; readonly name: string }
}

const WIDTH = 1_000
const LEFT = 380
const RIGHT = 40
const ROW = 21
const LEGEND_COLUMNS = 3
const LEGEND_ROW = 18

/** Rows of marks over a logarithmic axis: one mark per series and row. */
export function dotChart(chart: DotChart): string {
  const legendRows = Math.ceil(chart.series.length / LEGEND_COLUMNS)
  const top = 56 + legendRows * LEGEND_ROW
  const bottom = top + chart.rows.length * ROW
  const x = scale(chart)
  return drawing(WIDTH, bottom + 52, chart.title, [
    label(chart.title, { x: 16, y: 26, 'font-size': 16, 'font-weight': 600 }),
    ...chart.series.flatMap(drawLegend),
    ...drawAxis(chart, x, top, bottom),
    ...chart.rows.flatMap((row, i) => [
      label(row.name, { x: LEFT - 12, y: top + (i + 0.5) * ROW + 4, 'text-anchor': 'end' }),
      ...drawDots(chart, row.dots, x, top + (i + 0.5) * ROW),
    ]),
  ])
}

function scale({ decades, zeroLabel, beyondLabel }: DotChart): (value: number) => number {
  const from = LEFT + (zeroLabel === undefined ? 10 : 50)
  const until = WIDTH - RIGHT - (beyondLabel === undefined ? 10 : 76)
  return (value) => {
    const position = (Math.log10(value) - decades[0]) / (decades[1] - decades[0])
    if (position < 0) return zeroLabel === undefined ? from : LEFT + 18
    if (position > 1.0001) return WIDTH - RIGHT - 18
    return from + position * (until - from)
  }
}

function drawLegend(series: Series, i: number): string[] {
  const column = i % LEGEND_COLUMNS
  const x = 24 + (column * (WIDTH - 40)) / LEGEND_COLUMNS
  const y = 48 + Math.floor(i / LEGEND_COLUMNS) * LEGEND_ROW
  return [drawMark(series, x, y), label(series.name, { x: x + 12, y: y + 4 })]
}

function drawAxis(chart: DotChart, x: (value: number) => number, top: number, bottom: number): string[] {
  const parts = chart.rows.flatMap((_, i) =>
    i % 2 === 0 ? [element('rect', { x: 8, y: top + i * ROW, width: WIDTH - 16, height: ROW, fill: '#f3f5f8' })] : [],
  )
  for (let decade = chart.decades[0]; decade <= chart.decades[1]; decade++) {
    const at = x(10 ** decade)
    parts.push(element('line', { x1: at, x2: at, y1: top, y2: bottom, stroke: '#c6ccd6' }))
    parts.push(label(chart.tick(10 ** decade), { x: at, y: bottom + 16, 'text-anchor': 'middle' }))
  }
  if (chart.zeroLabel !== undefined) {
    parts.push(label(chart.zeroLabel, { x: LEFT + 18, y: bottom + 16, 'text-anchor': 'middle' }))
  }
  if (chart.beyondLabel !== undefined) {
    parts.push(label(chart.beyondLabel, { x: WIDTH - RIGHT - 18, y: bottom + 16, 'text-anchor': 'middle' }))
  }
  parts.push(label(chart.axisTitle, { x: (LEFT + WIDTH - RIGHT) / 2, y: bottom + 38, 'text-anchor': 'middle' }))
  if (chart.goal !== undefined) {
    const at = x(chart.goal.value)
    parts.push(
      element('line', { x1: at, x2: at, y1: top - 6, y2: bottom, stroke: '#b3261e', 'stroke-dasharray': '4 3' }),
    )
    parts.push(label(chart.goal.name, { x: at + 4, y: top - 8, fill: '#b3261e', 'font-size': 11 }))
  }
  return parts
}

function drawDots(chart: DotChart, dots: readonly Dot[], x: (value: number) => number, middle: number): string[] {
  // Later series lie on top, so the chart is drawn from the last to the first: the first series matters most.
  return [...chart.series].reverse().flatMap((series) => {
    const y = middle + (series.shift ?? 0)
    return dots
      .filter((dot) => dot.series === series.name)
      .flatMap(({ value, until }) => [
        ...(until === undefined
          ? []
          : [element('line', { x1: x(value), x2: x(until), y1: y, y2: y, stroke: series.colour })]),
        drawMark(series, x(value), y),
      ])
  })
}

function drawMark({ mark, colour }: Series, x: number, y: number): string {
  const outline = { fill: 'none', stroke: colour, 'stroke-width': 1.5 }
  switch (mark) {
    case 'disc':
      return element('circle', { cx: x, cy: y, r: 4.5, fill: colour })
    case 'square':
      return element('rect', { x: x - 4, y: y - 4, width: 8, height: 8, fill: colour })
    case 'ring':
      return element('circle', { cx: x, cy: y, r: 4, ...outline })
    case 'diamond':
      return element('path', { d: path(x, y, 'M0,-5L5,0L0,5L-5,0Z'), ...outline })
    case 'triangle':
      return element('path', { d: path(x, y, 'M0,-5L5,4L-5,4Z'), ...outline })
    case 'cross':
      return element('path', { d: path(x, y, 'M-4,-4L4,4M-4,4L4,-4'), ...outline })
  }
}

/** Moves an absolute path to a point. */
function path(x: number, y: number, shape: string): string {
  const round = (value: number) => Math.round(value * 100) / 100
  return shape.replace(
    /(-?\d+),(-?\d+)/g,
    (_, dx: string, dy: string) => `${round(x + Number(dx))},${round(y + Number(dy))}`,
  )
}
