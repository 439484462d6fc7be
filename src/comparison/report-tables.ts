import { SIGNAL_NAMES } from '#decision'
import {
  formatCount,
  formatEvidence,
  formatInterval,
  formatJudged,
  formatShare,
  NOT_MEASURED,
} from '../presentation/format-figures.ts'
import { drawTable } from '../presentation/figure.ts'
import { drawInterval } from '../presentation/interval.ts'
import { markup, prose, type Fragment, type Markup } from '../presentation/markup.ts'
import { SIGNAL_TITLES, STANDING_MARKS, STANDING_WORDS } from '../presentation/signal-words.ts'
import { formatAgreement, formatCosine, formatNumber } from './format-number.ts'
import type { OutputSummary } from './output-tally.ts'
import type { ComparisonRecord } from './record.ts'
import type { WorstExample } from './worst-examples.ts'

/** The signals that decided, as the decision core reports them. */
export function drawDecision({ signals }: ComparisonRecord): Markup {
  const reports = SIGNAL_NAMES.flatMap((name) => {
    const report = signals[name]
    return report === undefined || report.standing === 'notApplicable' ? [] : [{ name, report }]
  })
  return markup`<div class="signals">${drawTable({
    caption:
      'Evidence is a natural logarithm; the interval holds the truth with 95 % confidence however often one looks',
    stacks: true,
    columns: [
      { title: 'signal', kind: 'text' },
      { title: 'standing', kind: 'text' },
      { title: 'judged quantity, 95 % interval', kind: 'text' },
      { title: 'limit', kind: 'number' },
      { title: 'evidence of harm', kind: 'number' },
      { title: 'evidence of no harm', kind: 'number' },
    ],
    rows: reports.map(({ name, report }) => [
      markup`${SIGNAL_TITLES[name]}<small>${prose(report.text)}</small>`,
      markup`<span class="standing ${report.standing}">${STANDING_MARKS[report.standing]} ${STANDING_WORDS[report.standing]}</span>`,
      report.estimate === null
        ? NOT_MEASURED
        : markup`${drawInterval(name, report)}<small>${formatJudged(name, report.estimate.value)} (${formatInterval(name, report.estimate.low, report.estimate.high)})</small>`,
      formatJudged(name, report.limit),
      formatEvidence(report.logE),
      report.promote === null
        ? NOT_MEASURED
        : `${formatEvidence(report.promote)} of ${formatEvidence(report.promoteNeeded)}`,
    ]),
  })}</div>`
}

/** Both model files. */
export function drawModels({ models: { stable, canary } }: ComparisonRecord): Markup {
  return drawTable({
    caption: 'What was compared',
    stacks: true,
    columns: [
      { title: 'model', kind: 'text' },
      { title: 'file', kind: 'text' },
      { title: 'takes and gives', kind: 'prose' },
      { title: 'SHA-256', kind: 'prose' },
    ],
    rows: [
      ['stable', stable],
      ['candidate', canary],
    ].map(([name, model]) => modelRow(name as string, model as typeof stable)),
  })
}

function modelRow(name: string, { name: file, signature, sha256 }: ComparisonRecord['models']['stable']): Fragment[] {
  return [
    name,
    file,
    signature === null ? 'cannot be loaded' : markup`<code>${signature}</code>`,
    markup`<code>${sha256}</code>`,
  ]
}

/** All outputs in numbers. */
export function drawOutputs({ outputs, noise }: ComparisonRecord): Markup {
  const hasCosine = Object.values(outputs).some(({ cosine }) => cosine !== null)
  return drawTable({
    caption:
      '|Δ| is the size of candidate less stable, element by element; noise is the largest |Δ| of stable against itself',
    stacks: true,
    columns: [
      { title: 'output', kind: 'text' },
      ...['different', 'mean |Δ|', 'p50', 'p95', 'p99', 'max', 'max ulps', 'noise', 'NaN, ∞', 'rank', 'same top'].map(
        (title) => ({ title, kind: 'number' as const }),
      ),
      ...(hasCosine ? [{ title: 'cosine, min / median', kind: 'number' as const }] : []),
    ],
    rows: Object.entries(outputs).map(([name, output]) => [
      ...outputRow(name, output, noise?.max[name]),
      ...(hasCosine ? [drawCosine(output)] : []),
    ]),
  })
}

function outputRow(name: string, output: OutputSummary, noise: number | undefined): Fragment[] {
  const { shape, role, elements, different, distance, notFinite, rank } = output
  const figures =
    distance === null
      ? new Array<string>(6).fill(NOT_MEASURED)
      : [distance.mean, distance.p50, distance.p95, distance.p99, distance.max, distance.maxUlps].map(formatNumber)
  return [
    markup`${name}<small>${shape}, ${ROLES[role]}</small>`,
    elements === 0 ? NOT_MEASURED : formatShare(different / elements),
    ...figures,
    noise === undefined ? NOT_MEASURED : formatNumber(noise),
    `${formatCount(notFinite.stable)} / ${formatCount(notFinite.canary)}`,
    typeof rank?.spearman === 'number' ? rank.spearman.toFixed(3) : NOT_MEASURED,
    rank === null || rank.top.length === 0
      ? NOT_MEASURED
      : rank.top.map(({ k, share }) => markup`<small>${k}: ${formatAgreement(share)}</small>`),
  ]
}

function drawCosine({ cosine }: OutputSummary): string {
  return cosine === null ? NOT_MEASURED : `${formatCosine(cosine.min)} / ${formatCosine(cosine.median)}`
}

const ROLES: Readonly<Record<OutputSummary['role'], string>> = {
  label: 'the label',
  scores: 'scores of classes',
  number: 'the prediction',
  detail: 'beside the label',
  list: 'values',
}

/** What the models say where they fail. */
export function drawErrors(errors: ComparisonRecord['errors']): Markup {
  return drawTable({
    caption: 'Messages of the models, most frequent first',
    stacks: true,
    columns: [
      { title: 'model', kind: 'text' },
      { title: 'inputs', kind: 'number' },
      { title: 'message', kind: 'prose' },
    ],
    rows: errors.map(({ side, count, message }) => [
      side === 'canary' ? 'candidate' : side,
      formatCount(count),
      message,
    ]),
  })
}

/** The examples that differ most, with both answers. */
export function drawWorst(worst: readonly WorstExample[]): Markup {
  return drawTable({
    caption: 'The worst of each kind of difference; numbers to four digits',
    stacks: true,
    columns: [
      { title: 'request', kind: 'text' },
      { title: 'what differs', kind: 'prose' },
      { title: 'inputs', kind: 'prose' },
      { title: 'stable', kind: 'prose' },
      { title: 'candidate', kind: 'prose' },
    ],
    rows: worst.map(({ line, row, reasons, inputs, stable, canary }) => [
      `line ${formatCount(line)}${row === 0 ? '' : `, row ${formatCount(row + 1)}`}`,
      reasons.join('; '),
      drawValues(inputs),
      stable === null ? 'failed' : drawValues(stable),
      canary === null ? 'failed' : drawValues(canary),
    ]),
  })
}

function drawValues(values: Readonly<Record<string, unknown>>): Markup {
  const entries = Object.entries(values)
  return markup`${entries.map(([name, value]) => markup`<div><code>${entries.length === 1 ? '' : `${name} `}${shortText(value)}</code></div>`)}`
}

/** Four digits are enough to see what happened; all of them are in the JSON object. */
function shortText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(shortText).join(', ')}]`
  return JSON.stringify(typeof value === 'number' ? Number(value.toPrecision(4)) : value)
}
