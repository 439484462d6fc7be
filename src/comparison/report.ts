import { formatPercent, type DecisionPolicy } from '#decision'
import { formatCount } from '../presentation/format-figures.ts'
import { markup, prose, type Markup } from '../presentation/markup.ts'
import { drawPolicy } from '../rehearsal/report/policy.ts'
import { reportStyle } from '../presentation/style.ts'
import { HEAT_MAP_STYLE } from './chart-heat-map.ts'
import { formatRatio } from './format-number.ts'
import type { ComparisonRecord } from './record.ts'
import { drawConfusion } from './report-confusion.ts'
import { drawDistances } from './report-distances.ts'
import { drawSpeed } from './report-speed.ts'
import { drawDecision, drawErrors, drawModels, drawOutputs, drawWorst } from './report-tables.ts'

/** Where a report comes from; printed in it, so that a reader can repeat it. */
export interface ReportContext {
  /** modelgate's own version. */
  readonly version: string
  /** RFC 3339. */
  readonly generatedAt: string
  /** The command line as it was typed. */
  readonly command: string
  /** What decided, defaults filled in. */
  readonly policy: DecisionPolicy
}

/** Classes of the style sheet, and shapes that tell verdicts apart without colour. */
const VERDICTS: Readonly<Record<ComparisonRecord['verdict'], { readonly style: string; readonly mark: string }>> = {
  pass: { style: 'promoted', mark: '✓' },
  fail: { style: 'aborted', mark: '✕' },
  inconclusive: { style: 'inconclusive', mark: '?' },
}

const LAYOUT = `
@media screen and (min-width:821px){.charts.odd figure:first-child{grid-row:span 2}}
`

/** More outputs than these would be more charts than anyone looks at; the table has all. */
const MAX_OUTPUT_CHARTS = 8

/**
 * The report of a comparison as one HTML document that needs nothing else: no scripts, no other files, no network. Charts are
 * inline SVG, each with its numbers as a table. Every string from outside is escaped.
 */
export function writeComparisonReport(record: ComparisonRecord, context: ReportContext): string {
  const { stable, canary } = record.models
  const title = `${canary.name} against ${stable.name}`
  return markup`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="generator" content="modelgate ${context.version}"><title>${title}</title>
<style>${style()}</style></head>
<body><header><h1>${title}</h1><p class="meta">${context.generatedAt} · modelgate ${context.version}</p></header>
<main>${drawVerdict(record)}${drawCharts(record)}${drawDetails(record)}<section><h2>Policy</h2><details><summary>What decided</summary>${drawPolicy({ signals: context.policy.signals, falseAbort: context.policy.falseAbort, falsePromote: context.policy.falsePromote } as DecisionPolicy)}</details></section></main>
<footer><p>Made by <code>${context.command}</code></p></footer></body></html>
`.markup
}

/** The style sheets have no value from outside in them. */
function style(): Markup {
  return { markup: `${reportStyle()}${HEAT_MAP_STYLE}${LAYOUT}` }
}

function drawVerdict(record: ComparisonRecord): Markup {
  const { verdict, reason, pairs, disagreements, labelFlips, canaryOnlyErrors, speed, confusion } = record
  const { style: name, mark } = VERDICTS[verdict]
  const nonFinite = Object.values(record.outputs).reduce((sum, { notFinite }) => sum + notFinite.canary, 0)
  const [single] = speed?.batches ?? []
  return markup`<section><h2>Verdict <span class="ending ${name}">${mark} ${verdict}</span></h2>
<p class="lead">${prose(reason)}</p>
${
  pairs === 0
    ? null
    : markup`<ul class="facts">${fact('pairs of answers', formatCount(pairs))}${fact('disagreements', share(disagreements, pairs))}${
        confusion === null ? null : fact('label flips', share(labelFlips, pairs))
      }${fact('fail on the candidate alone', share(canaryOnlyErrors, pairs))}${fact('NaN or infinite in the candidate', formatCount(nonFinite))}${
        single === undefined ? null : fact("of stable's time per row", formatRatio(single.ratio))
      }</ul>`
}
${pairs === 0 ? null : drawDecision(record)}<h3>Models</h3>${drawModels(record)}${drawNotes(record.notes)}</section>
`
}

function drawCharts({ confusion, outputs, speed }: ComparisonRecord): Markup | null {
  const charts = [
    confusion === null || confusion.classes.length === 0 ? null : drawConfusion(confusion, 'confusion'),
    ...Object.entries(outputs)
      .slice(0, MAX_OUTPUT_CHARTS)
      .map(([name, output], i) => drawDistances(name, output, `distances-${i}`)),
    speed === null ? null : drawSpeed(speed, 'speed'),
  ].filter((chart) => chart !== null)
  if (charts.length === 0) return null
  // With an odd number, the first one takes two rows instead of leaving a hole at the end.
  const layout = charts.length > 1 && charts.length % 2 === 1 ? 'charts odd' : 'charts'
  return markup`<section><h2>Charts</h2><div class="${layout}">${charts}</div></section>
`
}

function drawDetails(record: ComparisonRecord): Markup | null {
  if (record.pairs === 0) return null
  const { noise, worst, errors } = record
  const floor =
    noise === null
      ? null
      : markup`<p class="caption">${prose(`Stable against itself disagrees on ${formatCount(noise.disagreements)} of ${formatCount(noise.pairs)} inputs.`)}</p>`
  return markup`<section><h2>Outputs</h2>${drawOutputs(record)}${floor}</section>
${errors.length === 0 ? null : markup`<section><h2>Failures</h2>${drawErrors(errors)}</section>`}
${worst.length === 0 ? null : markup`<section><h2>Worst examples</h2>${drawWorst(worst)}</section>`}
`
}

function fact(name: string, value: string): Markup {
  return markup`<li><strong>${value}</strong><span>${name}</span></li>`
}

function share(count: number, of: number): string {
  return count === 0 ? '0' : `${formatCount(count)} (${formatPercent(count / of)})`
}

function drawNotes(notes: readonly string[]): Markup | null {
  if (notes.length === 0) return null
  return markup`<h3>Notes</h3><ul class="notes">${notes.map((note) => markup`<li>${prose(note)}</li>`)}</ul>`
}
