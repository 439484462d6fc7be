import { drawing, type ChartText } from '../presentation/chart-frame.ts'
import { coordinate, markup, type Markup } from '../presentation/markup.ts'

/** Bars from left to right in panels, each panel with a scale of its own. */
export interface TimesChart extends ChartText {
  readonly panels: readonly TimesPanel[]
  readonly format: (seconds: number) => string
}

export interface TimesPanel {
  readonly title: string
  /** Written at the right end of the title's line. */
  readonly remark: string
  readonly bars: readonly TimesBar[]
}

export interface TimesBar {
  readonly name: string
  /** Class of the style sheet that gives the colour. */
  readonly style: string
  readonly seconds: number
}

const WIDTH = 540
const LEFT = 78
/** Room for the longest value beside a bar. */
const RIGHT = 92
const BAR = 26
const PITCH = 34
const TITLE = 34
const GAP = 18

/**
 * Draws times as bars. Only medians: on a machine that others use as well, higher percentiles show the others, and drawn beside
 * the medians they would hide them.
 */
export function drawTimes(chart: TimesChart): Markup {
  let top = 4
  const panels = chart.panels.map((panel) => {
    const drawn = drawPanel(panel, top, chart.format)
    top += TITLE + panel.bars.length * PITCH + GAP
    return drawn
  })
  return drawing(chart, WIDTH, top - GAP + 4, panels)
}

function drawPanel({ title, remark, bars }: TimesPanel, top: number, format: TimesChart['format']): Markup {
  const longest = Math.max(...bars.map(({ seconds }) => seconds), Number.MIN_VALUE)
  const at = (seconds: number) => LEFT + (seconds / longest) * (WIDTH - LEFT - RIGHT)
  const bottom = top + TITLE + bars.length * PITCH - (PITCH - BAR)
  return markup`<text class="panel" x="0" y="${coordinate(top + 14)}">${title}</text>
<text class="panel" x="${WIDTH}" y="${coordinate(top + 14)}" text-anchor="end">${remark}</text>
${bars.map((bar, i) => drawBar(bar, top + TITLE + i * PITCH, at, format))}<path class="axis" d="M${LEFT} ${coordinate(top + TITLE - 6)}V${coordinate(bottom + 6)}"/>
`
}

function drawBar(
  { name, style, seconds }: TimesBar,
  y: number,
  at: (seconds: number) => number,
  format: TimesChart['format'],
): Markup {
  const middle = coordinate(y + BAR / 2)
  return markup`<text class="name" x="${LEFT - 10}" y="${middle}" dy=".32em" text-anchor="end">${name}</text>
<rect class="bar ${style}" x="${LEFT}" y="${coordinate(y)}" width="${coordinate(Math.max(1, at(seconds) - LEFT))}" height="${BAR}"><title>${name}: ${format(seconds)}</title></rect>
<text class="value" x="${coordinate(at(seconds) + 8)}" y="${middle}" dy=".32em">${format(seconds)}</text>
`
}
