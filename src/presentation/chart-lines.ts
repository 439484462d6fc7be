import { drawing, textWidth, timeAxis, valueAxis, type Area, type ChartText } from './chart-frame.ts'
import { logScale, scaleFromZero, timeScale, type Scale, type Span } from './chart-scale.ts'
import { formatClock } from './format-figures.ts'
import { coordinate, markup, type Markup } from './markup.ts'

/** Panels over one time axis, one below the other. */
export interface LineChart extends ChartText {
  /** Milliseconds since the start. */
  readonly spanMs: Span
  readonly boundaries: readonly Boundary[]
  readonly panels: readonly Panel[]
  readonly width: number
  /** Room to the right of the panels for the names of their lines; 0 where a legend names them. */
  readonly nameWidth: number
}

/** A moment at which something began, drawn through all panels. */
export interface Boundary {
  readonly atMs: number
  readonly label: string
}

export interface Panel {
  /** Written above the panel, with its unit. */
  readonly label: string
  readonly height: number
  readonly values: { readonly kind: 'fromZero' } | { readonly kind: 'log'; readonly span: Span }
  readonly format: (value: number) => string
  readonly lines: readonly Line[]
  readonly limit: { readonly value: number; readonly label: string } | null
}

export interface Line {
  readonly name: string
  /** Classes of the style sheet that give colour and dashes. */
  readonly style: string
  /** `steps` holds each value until the next point. */
  readonly shape: 'straight' | 'steps'
  /** Rising in time; a gap where the value is null. */
  readonly points: readonly Point[]
}

export interface Point {
  readonly atMs: number
  readonly value: number | null
}

const LEFT = 54
const GAP = 30
const NAME_PITCH = 14

/** Draws panels of lines over time. */
export function drawLines(chart: LineChart): Markup {
  const right = chart.width - Math.max(10, chart.nameWidth)
  const top = 48
  const areas: Area[] = []
  for (const { height } of chart.panels) {
    const start = (areas.at(-1)?.bottom ?? top - GAP) + GAP
    areas.push({ left: LEFT, right, top: start, bottom: start + height })
  }
  const bottom = areas.at(-1)?.bottom ?? top
  const time = timeScale(chart.spanMs, [LEFT, right], (right - LEFT) / 70)
  return drawing(
    chart,
    chart.width,
    bottom + 28,
    markup`${boundaries(chart.boundaries, time, { left: LEFT, right, top, bottom })}${chart.panels.map((panel, index) =>
      drawPanel(panel, time, areas[index] ?? { left: LEFT, right, top, bottom }, chart.nameWidth > 0),
    )}${timeAxis(time, { left: LEFT, right, top, bottom }, formatClock)}`,
  )
}

function drawPanel(panel: Panel, time: Scale, area: Area, named: boolean): Markup {
  const edges = [area.bottom, area.top] as const
  const highest = Math.max(
    panel.limit?.value ?? 0,
    ...panel.lines.flatMap(({ points }) => points.map(({ value }) => value ?? 0)),
  )
  const scale = panel.values.kind === 'log' ? logScale(panel.values.span, edges) : scaleFromZero(highest, edges, 3)
  return markup`<text class="panel" x="${coordinate(area.left)}" y="${coordinate(area.top - 8)}">${panel.label}</text>
${valueAxis(scale, area, panel.format)}${limitLine(panel.limit, scale, area)}${panel.lines.map(
    ({ style, shape, points, name }) =>
      markup`<path class="line ${style}" d="${trace(points, shape, time, scale)}"><title>${name}</title></path>
`,
  )}${named ? names(panel.lines, time, scale, area) : null}`
}

function limitLine(limit: Panel['limit'], scale: Scale, { left, right }: Area): Markup | null {
  if (limit === null) return null
  const y = scale.at(limit.value)
  return markup`<path class="limit" d="M${coordinate(left)} ${coordinate(y)}H${coordinate(right)}"/>
<text class="limit-label" x="${coordinate(left + 8)}" y="${coordinate(y - 6)}">${limit.label}</text>
`
}

/** The path of a line; a point between two gaps becomes a dot. */
function trace(points: readonly Point[], shape: Line['shape'], time: Scale, scale: Scale): string {
  let path = ''
  let drawing = false
  for (const { atMs, value } of points) {
    if (value === null) {
      drawing = false
      continue
    }
    const x = coordinate(time.at(atMs))
    const y = coordinate(scale.at(value))
    if (!drawing) path += `M${x} ${y}h0`
    else path += shape === 'steps' ? `H${x}V${y}` : `L${x} ${y}`
    drawing = true
  }
  return path
}

/** Each line's name beside its end, moved apart where ends are close; topmost end first. */
function names(lines: readonly Line[], time: Scale, scale: Scale, { right, top, bottom }: Area): Markup {
  const ends = lines
    .flatMap((line) => {
      const last = line.points.findLast(({ value }) => value !== null)
      const value = last?.value ?? null
      return last === undefined || value === null ? [] : [{ line, x: time.at(last.atMs), y: scale.at(value) }]
    })
    .sort((a, b) => a.y - b.y)
  const places = spread(
    ends.map(({ y }) => y),
    NAME_PITCH,
    [top, bottom],
  )
  return markup`${ends.map(({ line, x, y }, index) => {
    const place = coordinate(places[index] ?? y)
    return markup`<path class="leader ${line.style}" d="M${coordinate(x)} ${coordinate(y)}L${coordinate(right + 10)} ${place}"/>
<path class="line ${line.style}" d="M${coordinate(right + 10)} ${place}h14"/>
<text class="name" x="${coordinate(right + 29)}" y="${place}" dy=".32em">${line.name}</text>
`
  })}`
}

/**
 * Positions at least `pitch` apart that stay in order and close to the wanted ones: pushed down from the top, then up from
 * the bottom.
 *
 * @param wanted rising
 */
export function spread(wanted: readonly number[], pitch: number, [top, bottom]: Span): number[] {
  const places = wanted.map((place) => Math.max(place, top))
  for (let i = 1; i < places.length; i++) places[i] = Math.max(places[i]!, places[i - 1]! + pitch)
  for (let i = places.length - 1; i >= 0; i--) {
    places[i] = Math.min(places[i]!, i === places.length - 1 ? bottom : places[i + 1]! - pitch)
  }
  return places
}

/** Labels that would run into the one before are left out; their line stays. */
function boundaries(list: readonly Boundary[], time: Scale, { top, bottom }: Area): Markup {
  let free = 0
  return markup`${list.map(({ atMs, label }) => {
    const x = time.at(atMs)
    const shown = x >= free
    if (shown) free = x + textWidth(label) + 10
    return markup`<path class="boundary" d="M${coordinate(x)} ${coordinate(top - 36)}V${coordinate(bottom)}"/>
${shown ? markup`<text class="boundary-label" x="${coordinate(x + 4)}" y="${coordinate(top - 28)}">${label}</text>` : null}
`
  })}`
}
