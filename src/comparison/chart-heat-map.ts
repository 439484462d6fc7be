import { drawing, textWidth, type ChartText } from '../presentation/chart-frame.ts'
import { coordinate, markup, type Markup } from '../presentation/markup.ts'
import { clipCells, visibleText } from '../presentation/text-cells.ts'

/** Counts in a square: one row and one column per class. */
export interface HeatMap extends ChartText {
  readonly classes: readonly string[]
  /** `counts[row][column]`. */
  readonly counts: readonly (readonly number[])[]
  readonly rowTitle: string
  readonly columnTitle: string
  readonly format: (count: number) => string
}

const WIDTH = 540
const TOP = 48
const RIGHT = 8
const BOTTOM = 10
const MAX_CELL = 116
const MAX_LABEL_CELLS = 16
/** Narrower cells have no room for their counts; the table below has them all. */
const MIN_TEXT_CELL = 26
/** From this share on, a cell is so dark that its text must be light. */
const DARK_SHARE = 0.5

/** Draws how often each class of one model met each class of the other; a cell's depth is its share of its row. */
export function drawHeatMap(map: HeatMap): Markup {
  const labels = map.classes.map((name) => clipCells(visibleText(name), MAX_LABEL_CELLS))
  const left = 30 + Math.max(0, ...labels.map(textWidth))
  const cell = Math.min(MAX_CELL, (WIDTH - left - RIGHT) / Math.max(1, labels.length))
  const slanted = labels.some((label) => textWidth(label) > cell - 4)
  const side = cell * labels.length
  const top = slanted ? TOP + 26 : TOP
  const at = (index: number) => index * cell

  const cells = map.counts.flatMap((row, r) => {
    const total = row.reduce((sum, count) => sum + count, 0)
    return row.map((count, c) =>
      drawCell(map, { r, c, count, share: total === 0 ? 0 : count / total, x: left + at(c), y: top + at(r), cell }),
    )
  })
  return drawing(
    map,
    WIDTH,
    top + side + BOTTOM,
    markup`<text class="tick" x="${coordinate(left + side / 2)}" y="14" text-anchor="middle">${map.columnTitle}</text>
<text class="tick" x="12" y="${coordinate(top + side / 2)}" text-anchor="middle" transform="rotate(-90 12 ${coordinate(top + side / 2)})">${map.rowTitle}</text>
${labels.map((label, c) => columnLabel(label, left + at(c) + cell / 2, top - 8, slanted))}${labels.map(
      (label, r) =>
        markup`<text class="name" x="${coordinate(left - 8)}" y="${coordinate(top + at(r) + cell / 2)}" dy=".32em" text-anchor="end">${label}</text>
`,
    )}${cells}`,
  )
}

function columnLabel(label: string, x: number, y: number, slanted: boolean): Markup {
  const place = coordinate(x)
  const height = coordinate(y)
  return slanted
    ? markup`<text class="name" x="${place}" y="${height}" transform="rotate(-38 ${place} ${height})">${label}</text>
`
    : markup`<text class="name" x="${place}" y="${height}" text-anchor="middle">${label}</text>
`
}

interface Cell {
  readonly r: number
  readonly c: number
  readonly count: number
  /** Of its row, 0 to 1. */
  readonly share: number
  readonly x: number
  readonly y: number
  readonly cell: number
}

function drawCell({ classes, format }: HeatMap, { r, c, count, share, x, y, cell }: Cell): Markup {
  const kind = r === c ? 'same' : 'other'
  // The faintest cell that is not empty must still be seen.
  const depth = count === 0 ? 0 : 0.12 + 0.88 * share
  const text =
    cell < MIN_TEXT_CELL || count === 0
      ? null
      : markup`<text class="cell-count${share >= DARK_SHARE ? ' on-dark' : ''}" x="${coordinate(x + cell / 2)}" y="${coordinate(y + cell / 2)}" dy=".35em" text-anchor="middle">${format(count)}</text>
`
  return markup`<rect class="cell" x="${coordinate(x + 1)}" y="${coordinate(y + 1)}" width="${coordinate(cell - 2)}" height="${coordinate(cell - 2)}" rx="3"/><rect class="cell ${kind}" x="${coordinate(x + 1)}" y="${coordinate(y + 1)}" width="${coordinate(cell - 2)}" height="${coordinate(cell - 2)}" rx="3" fill-opacity="${Math.round(depth * 100) / 100}"><title>stable ${classes[r] ?? ''}, candidate ${classes[c] ?? ''}: ${format(count)}</title></rect>
${text}`
}

/** What the style sheet of a report lacks for this chart. */
export const HEAT_MAP_STYLE = `
.cell{fill:var(--page);stroke:var(--line);stroke-width:1}
.cell.same{fill:var(--stable);stroke:none}
.cell.other{fill:var(--canary);stroke:none}
svg .cell-count{font-size:13px;font-variant-numeric:tabular-nums}
svg .cell-count.on-dark{fill:var(--card)}
.swatch.same{color:var(--stable)}
.swatch.other{color:var(--canary)}
`
