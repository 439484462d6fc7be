import { markup, type Fragment, type Markup } from './markup.ts'

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
  /** On a narrow screen each row becomes a block of its own, instead of a table that scrolls sideways. */
  readonly stacks?: boolean
}

export interface Column {
  readonly title: string
  /** Numbers stand to the right, so that their digits line up; prose takes the room that is left. */
  readonly kind: 'text' | 'number' | 'prose'
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
export function drawTable({ caption, columns, rows, stacks = false }: Table): Markup {
  return markup`<div class="scroll"><table${stacks ? markup` class="stacks" role="table"` : null}><caption>${caption}</caption>
<thead${role(stacks, 'rowgroup')}><tr${role(stacks, 'row')}>${columns.map(
    ({ title, kind }) => markup`<th scope="col" class="${kind}"${role(stacks, 'columnheader')}>${title}</th>`,
  )}</tr></thead>
<tbody${role(stacks, 'rowgroup')}>${rows.map(
    (
      row,
    ) => markup`<tr${role(stacks, 'row')}>${row.map((content, index) => drawCell(content, columns[index], index === 0, stacks))}</tr>
`,
  )}</tbody></table></div>`
}

function drawCell(content: Fragment, column: Column | undefined, first: boolean, stacks: boolean): Markup {
  const kind = column?.kind ?? 'text'
  const title = stacks ? markup` data-title="${column?.title ?? ''}"` : null
  return first
    ? markup`<th scope="row" class="${kind}"${role(stacks, 'rowheader')}>${content}</th>`
    : markup`<td class="${kind}"${title}${role(stacks, 'cell')}>${content}</td>`
}

/** Blocks are no longer a table to those who hear the page, unless told. */
function role(stacks: boolean, name: string): Markup | null {
  return stacks ? markup` role="${name}"` : null
}

function drawLegend(legend: readonly LegendEntry[]): Markup | null {
  if (legend.length === 0) return null
  return markup`<ul class="legend">${legend.map(({ name, style }) => markup`<li><span class="swatch ${style}"></span>${name}</li>`)}</ul>`
}
