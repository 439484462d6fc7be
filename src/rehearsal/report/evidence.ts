import { SIGNAL_NAMES, type SignalName } from '#decision'
import { drawLines, type Boundary, type Line, type Point } from '../../presentation/chart-lines.ts'
import { formatClock, formatCount, formatEvidence, formatPlain } from '../../presentation/format-figures.ts'
import type { LookRecord, RehearsalRecord } from '../record.ts'
import { drawFigure, type Column } from '../../presentation/figure.ts'
import type { Markup } from '../../presentation/markup.ts'
import { rungsOf } from '../rungs.ts'
import { SIGNAL_TITLES } from '../../presentation/signal-words.ts'

/** More points than this cannot be told apart on paper. */
const MAX_POINTS = 400
const MAX_ROWS = 60
/** Evidence below a hundredth is drawn as a hundredth. */
const LEAST = Math.log(0.01)
/** Room above the threshold for its label. */
const HEADROOM = 0.7

/** Evidence over time, in total and by signal, against the threshold; null before the first look. */
export function drawEvidence(record: RehearsalRecord, id: string): Markup | null {
  const last = record.looks.at(-1)?.verdict
  if (last === undefined) return null
  const threshold = formatCount(Math.exp(last.needed))
  const names = SIGNAL_NAMES.filter((name) => record.looks.some(({ verdict }) => verdict.signals[name] !== undefined))
  const looks = thinned(record.looks, MAX_POINTS)
  const highest = Math.max(last.needed, ...looks.map(({ verdict }) => verdict.logE))
  const lines: Line[] = [
    ...names.map((name) => ({
      name: SIGNAL_TITLES[name],
      style: `signal ${name}`,
      shape: 'straight' as const,
      points: looks.map(({ atMs, verdict }): Point => ({ atMs, value: contribution(verdict.signals[name]) })),
    })),
    {
      name: 'total',
      style: 'total',
      shape: 'straight' as const,
      points: looks.map(({ atMs, verdict }): Point => ({ atMs, value: verdict.logE })),
    },
  ]
  const peak = record.looks.reduce((best, look) => (look.verdict.logE > best.verdict.logE ? look : best))
  return drawFigure({
    title: 'Evidence of harm over time',
    legend: [],
    chart: drawLines({
      id,
      title: 'Evidence that the canary is worse than tolerated, over time',
      description: `The total reaches at most ${evidence(peak.verdict.logE)} at ${formatClock(peak.atMs)} and ends at ${evidence(last.logE)}; the canary is aborted at ${threshold}.`,
      spanMs: [0, record.elapsedMs],
      boundaries: boundariesOf(record),
      width: 1080,
      nameWidth: 150,
      panels: [
        {
          label: 'evidence, a factor on a log scale',
          height: 250,
          values: { kind: 'log', span: [LEAST, highest + HEADROOM] },
          format: (logE) => formatPlain(Math.exp(logE)),
          lines,
          limit: { value: last.needed, label: `abort at ${threshold}` },
        },
      ],
    }),
    caption: `A signal's line is its evidence times its share of the false-abort budget, and the total is the sum of the lines. The highest total was ${evidence(peak.verdict.logE)} at ${formatClock(peak.atMs)}; the canary is aborted at ${threshold}.`,
    table: {
      caption: 'Natural logarithm of the evidence at each look',
      columns: [
        { title: 'time', kind: 'number' },
        { title: 'weight', kind: 'number' },
        { title: 'verdict', kind: 'text' },
        { title: 'total', kind: 'number' },
        ...names.map((name): Column => ({ title: SIGNAL_TITLES[name], kind: 'number' })),
      ],
      rows: thinned(record.looks, MAX_ROWS).map((look) => evidenceRow(look, names)),
    },
    wide: true,
  })
}

/** Where each rung of the ladder began. */
export function boundariesOf({ steps }: RehearsalRecord): Boundary[] {
  return rungsOf(steps).flatMap(({ startedMs, weight }) =>
    startedMs === null ? [] : [{ atMs: startedMs, label: `${formatPlain(weight)} %` }],
  )
}

/** Every n-th entry, counted back from the last, which decided. */
export function thinned<T>(entries: readonly T[], max: number): T[] {
  const stride = Math.ceil(entries.length / max)
  return entries.filter((_, index) => (entries.length - 1 - index) % Math.max(1, stride) === 0)
}

/** Log of a signal's part of the total, which is the mean of the signals' evidence weighted by their shares. */
function contribution(report: { readonly share: number; readonly logE: number } | undefined): number | null {
  return report === undefined || report.share <= 0 ? null : Math.log(report.share) + report.logE
}

function evidence(logE: number): string {
  return formatPlain(Math.exp(logE))
}

function evidenceRow({ atMs, verdict }: LookRecord, names: readonly SignalName[]): string[] {
  return [
    formatClock(atMs),
    `${formatPlain(verdict.weight)} %`,
    verdict.verdict,
    formatEvidence(verdict.logE),
    ...names.map((name) => {
      const report = verdict.signals[name]
      return report === undefined ? '' : formatEvidence(report.logE)
    }),
  ]
}
