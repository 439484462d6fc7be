import type { DecisionPolicy } from '#decision'
import type { ExampleKind, ShadowExample } from '#runtime'
import { drawLines, type Point } from '../../presentation/chart-lines.ts'
import { formatClock, formatCount, formatPlain, formatShare, NOT_MEASURED } from '../../presentation/format-figures.ts'
import type { RehearsalRecord, ShadowRecord } from '../record.ts'
import { drawBreakdown } from './breakdown.ts'
import { boundariesOf } from './evidence.ts'
import { drawFigure, drawTable } from '../../presentation/figure.ts'
import { markup, prose, type Markup } from '../../presentation/markup.ts'

/** Windows that are drawn as points, and written as rows. */
const MAX_POINTS = 240
const MAX_ROWS = 60
const MAX_FLIPS = 30
const MAX_EXAMPLES = 20
/** Elements of a tensor that a cell shows. */
const MAX_ELEMENTS = 8
const MAX_REASON = 160

const KINDS: Readonly<Record<ExampleKind, string>> = {
  flip: 'another label',
  difference: 'another value',
  canaryFailed: 'the canary failed',
  stableFailed: 'stable failed',
}

/** Both models on the same inputs: which labels flipped, how often, and on which inputs; null where nothing was compared. */
export function drawComparison(record: RehearsalRecord, policy: DecisionPolicy): Markup | null {
  const { shadow } = record
  if (shadow === null) return null
  const judged = policy.signals.shadow === undefined ? ' The policy does not judge this.' : ''
  return markup`<h3>Same inputs, both models</h3><p>${prose(summary(shadow))}${judged}</p>${drawBreakdown(record, policy)}
${shadow.flips.length === 0 ? null : drawFlips(shadow)}${shadow.examples.length === 0 ? null : drawExamples(shadow.examples)}`
}

/** Share of the compared answers that differ, over time; null without pairs. */
export function drawDisagreement(record: RehearsalRecord, id: string, { signals }: DecisionPolicy): Markup | null {
  const shares = disagreementOf(record, MAX_POINTS)
  if (shares.length === 0) return null
  const limit = signals.shadow?.maxDisagreement
  const total = { pairs: sum(shares, 'pairs'), disagreements: sum(shares, 'disagreements') }
  const text = `${formatCount(total.disagreements)} of ${formatCount(total.pairs)} answers to the same inputs differ.`
  return drawFigure({
    title: 'Disagreement on the same inputs',
    legend: [],
    chart: drawLines({
      id,
      title: 'Share of the same inputs that the models answer differently, over time',
      description: text,
      spanMs: [0, record.elapsedMs],
      boundaries: boundariesOf(record),
      width: 1080,
      nameWidth: 0,
      panels: [
        {
          label: 'answers that differ',
          height: 110,
          values: { kind: 'fromZero' },
          format: formatShare,
          lines: [
            {
              name: 'disagreement',
              style: 'signal shadow',
              shape: 'straight',
              points: shares.map(({ atMs, pairs, disagreements }): Point => ({ atMs, value: disagreements / pairs })),
            },
          ],
          limit: limit === undefined ? null : { value: limit, label: `limit ${formatShare(limit)}` },
        },
      ],
    }),
    caption: `${text} Copies of stable's requests were answered by the canary as well, before it had any traffic too.`,
    table: {
      caption: 'Compared answers in each window',
      columns: [
        { title: 'until', kind: 'number' },
        { title: 'weight', kind: 'number' },
        { title: 'compared', kind: 'number' },
        { title: 'differ', kind: 'number' },
        { title: 'share', kind: 'number' },
      ],
      rows: disagreementOf(record, MAX_ROWS).map(({ atMs, weight, pairs, disagreements }) => [
        formatClock(atMs),
        `${formatPlain(weight)} %`,
        formatCount(pairs),
        formatCount(disagreements),
        formatShare(disagreements / pairs),
      ]),
    },
    wide: true,
  })
}

interface Compared {
  readonly atMs: number
  readonly weight: number
  readonly pairs: number
  readonly disagreements: number
}

/** Windows with pairs, neighbours put together until few enough are left. */
function disagreementOf({ windows, startedAt }: RehearsalRecord, maxPoints: number): Compared[] {
  const startMs = Date.parse(startedAt)
  const compared = windows.flatMap(({ at, weight, shadow }) =>
    shadow === undefined || shadow.pairs === 0
      ? []
      : [{ atMs: Date.parse(at) - startMs, weight, pairs: shadow.pairs, disagreements: shadow.disagreements ?? 0 }],
  )
  const together = Math.max(1, Math.ceil(compared.length / maxPoints))
  return Array.from({ length: Math.ceil(compared.length / together) }, (_, i) => {
    const group = compared.slice(i * together, (i + 1) * together)
    const last = group.at(-1)
    return {
      atMs: last?.atMs ?? 0,
      weight: last?.weight ?? 0,
      pairs: sum(group, 'pairs'),
      disagreements: sum(group, 'disagreements'),
    }
  })
}

function sum(list: readonly Compared[], name: 'pairs' | 'disagreements'): number {
  return list.reduce((total, compared) => total + compared[name], 0)
}

function summary({ pairs, disagreements, canaryOnlyErrors, stableOnlyErrors, dropped }: ShadowRecord): string {
  if (pairs === 0) return 'No answers were compared.'
  const lost = Object.values(dropped).reduce((total, count) => total + count, 0)
  return [
    `The canary answered copies of ${formatCount(pairs)} requests that stable had answered; ${formatCount(disagreements)} answers differ (${formatShare(disagreements / pairs)}).`,
    ...(canaryOnlyErrors + stableOnlyErrors === 0
      ? []
      : [
          `On ${formatCount(canaryOnlyErrors)} the canary alone failed, on ${formatCount(stableOnlyErrors)} stable alone.`,
        ]),
    ...(lost === 0 ? [] : [`${formatCount(lost)} more arrived and were left out for want of time.`]),
  ].join(' ')
}

function drawFlips({ flips, pairs }: ShadowRecord): Markup {
  return drawTable({
    caption: 'Labels that flipped, the commonest first',
    columns: [
      { title: 'stable answers', kind: 'text' },
      { title: 'canary answers', kind: 'text' },
      { title: 'output', kind: 'text' },
      { title: 'inputs', kind: 'number' },
      { title: 'of all compared', kind: 'number' },
    ],
    rows: flips
      .slice(0, MAX_FLIPS)
      .map(({ stable, canary, output, count }) => [
        stable,
        canary,
        output,
        formatCount(count),
        pairs === 0 ? NOT_MEASURED : formatShare(count / pairs),
      ]),
  })
}

function drawExamples(examples: readonly ShadowExample[]): Markup {
  return drawTable({
    caption: 'Inputs that the models treat differently, the first few of each kind',
    columns: [
      { title: 'what', kind: 'text' },
      { title: 'input', kind: 'text' },
      { title: "stable's answer", kind: 'text' },
      { title: "canary's answer", kind: 'text' },
    ],
    stacks: true,
    rows: examples
      .slice(0, MAX_EXAMPLES)
      .map(({ kind, flip, reasons, inputs, stable, canary }) => [
        flip === null
          ? markup`${KINDS[kind]}<small>${clipped(reasons[0] ?? '')}</small>`
          : `${flip.stable} → ${flip.canary}`,
        tensors(inputs, 'not shown'),
        tensors(stable, 'failed'),
        tensors(canary, 'failed'),
      ]),
  })
}

function tensors(values: ShadowExample['inputs'], absent: string): Markup | string {
  if (values === null) return absent
  const texts = Object.entries(values).map(([name, elements]) => {
    const shown = elements.slice(0, MAX_ELEMENTS).map((element) => clipped(String(element)))
    return `${name} ${shown.join(', ')}${elements.length > MAX_ELEMENTS ? ', …' : ''}`
  })
  return markup`<code>${texts.join('; ')}</code>`
}

function clipped(text: string): string {
  return text.length > MAX_REASON ? `${text.slice(0, MAX_REASON)}…` : text
}
