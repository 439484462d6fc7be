import { markup, type Fragment, type Markup } from './report-markup.ts'

/** A chart with what belongs to it: heading, legend, the sentence to take away, and its numbers as a table. */
export interface Figure {
  readonly title: string
  readonly legend: readonly LegendEntry[]
  readonly chart: Markup
  readonly caption: Fragment
  readonly table: Table
  /** Takes the whole width of the page. */
  readonly wide: boolean
}

export interface LegendEntry {
  readonly name: string
  readonly style: string
}

export interface Table {
  readonly caption: string
  readonly columns: readonly Column[]
  readonly rows: readonly (readonly Fragment[])[]
}

export interface Column {
  readonly title: string
  /** Numbers stand to the right, so that their digits line up. */
  readonly numeric: boolean
}

/** The arms of a rehearsal, in the order in which every chart shows them. */
export const ARM_LEGEND: readonly LegendEntry[] = [
  { name: 'stable', style: 'stable' },
  { name: 'canary', style: 'canary' },
]

export function drawFigure({ title, legend, chart, caption, table, wide }: Figure): Markup {
  return markup`<figure class="${wide ? 'wide' : 'half'}">
<figcaption><h4>${title}</h4>${drawLegend(legend)}</figcaption>
<div class="scroll">${chart}</div>
<p class="caption">${caption}</p>
<details><summary>The numbers</summary>${drawTable(table)}</details>
</figure>
`
}

/** A table with a caption for those who hear it, column headings, and the first cell of each row as its heading. */
export function drawTable({ caption, columns, rows }: Table): Markup {
  const kinds = columns.map(({ numeric }) => (numeric ? markup` class="number"` : null))
  return markup`<div class="scroll"><table><caption>${caption}</caption>
<thead><tr>${columns.map(({ title }, index) => markup`<th scope="col"${kinds[index] ?? null}>${title}</th>`)}</tr></thead>
<tbody>${rows.map(
    (row) =>
      markup`<tr>${row.map((cell, index) =>
        index === 0
          ? markup`<th scope="row"${kinds[index] ?? null}>${cell}</th>`
          : markup`<td${kinds[index] ?? null}>${cell}</td>`,
      )}</tr>
`,
  )}</tbody></table></div>`
}

function drawLegend(legend: readonly LegendEntry[]): Markup | null {
  if (legend.length === 0) return null
  return markup`<ul class="legend">${legend.map(({ name, style }) => markup`<li><span class="swatch ${style}"></span>${name}</li>`)}</ul>`
}
