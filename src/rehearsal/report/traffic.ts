import { drawLines, type Line, type Panel, type Point } from '../../presentation/chart-lines.ts'
import {
  formatClock,
  formatCount,
  formatPlain,
  formatSeconds,
  formatShare,
  NOT_MEASURED,
} from '../../presentation/format-figures.ts'
import type { RehearsalRecord } from '../record.ts'
import { boundariesOf } from './evidence.ts'
import { ARM_LEGEND, drawFigure, type Column, type Table } from '../../presentation/figure.ts'
import type { Markup } from '../../presentation/markup.ts'
import { periodsOf, quantileOf, type Period, type Totals } from './windows.ts'

const MAX_POINTS = 240
const MAX_ROWS = 60

/** Weight, request rate, errors and latency of both arms over time; null without windows. */
export function drawTraffic(record: RehearsalRecord, id: string): Markup | null {
  if (record.windows.length === 0) return null
  const periods = periodsOf(record.windows, record.startedAt, MAX_POINTS)
  const quantile = `p${formatPlain(record.latencyQuantile * 100)}`
  const panels = [
    panel('share of traffic given to the canary', 54, formatShare, [weightLine(periods)]),
    panel('requests per second', 74, formatCount, armLines(periods, ratePerSecond)),
    panel('failed requests', 74, formatShare, armLines(periods, errorShare)),
    panel(
      `response time, ${quantile}`,
      74,
      formatSeconds,
      armLines(periods, (totals) =>
        totals.latency === null ? null : quantileOf(totals.latency, record.latencyQuantile),
      ),
    ),
  ].filter(({ lines }) => lines.some(({ points }) => points.some(({ value }) => value !== null)))
  return drawFigure({
    title: 'Traffic',
    legend: ARM_LEGEND,
    chart: drawLines({
      id,
      title: 'Weight, requests, errors and response time of both arms over time',
      description: `${formatCount(record.stable.requests)} requests to stable, ${formatCount(record.canary.requests)} to the canary.`,
      spanMs: [0, record.elapsedMs],
      boundaries: boundariesOf(record),
      width: 1080,
      nameWidth: 0,
      panels,
    }),
    caption: `Each point is one window of evidence${record.windows.length > periods.length ? ' or several put together' : ''}; dashed vertical lines mark where the weight changed.`,
    table: trafficTable(periodsOf(record.windows, record.startedAt, MAX_ROWS), record.latencyQuantile, quantile),
    wide: true,
  })
}

function panel(label: string, height: number, format: Panel['format'], lines: readonly Line[]): Panel {
  return { label, height, values: { kind: 'fromZero' }, format, lines, limit: null }
}

function weightLine(periods: readonly Period[]): Line {
  const points = periods.flatMap(({ fromMs, toMs, weight }): Point[] => [
    { atMs: fromMs, value: weight / 100 },
    { atMs: toMs, value: weight / 100 },
  ])
  return { name: 'weight', style: 'weight', shape: 'steps', points }
}

function armLines(periods: readonly Period[], measure: (totals: Totals, period: Period) => number | null): Line[] {
  return ARM_LEGEND.map(({ name, style }, index) => ({
    name,
    style,
    shape: 'straight',
    points: periods.map((period) => ({
      atMs: period.toMs,
      value: measure(index === 0 ? period.stable : period.canary, period),
    })),
  }))
}

function ratePerSecond({ requests }: Totals, { fromMs, toMs }: Period): number | null {
  return toMs > fromMs ? (requests * 1_000) / (toMs - fromMs) : null
}

function errorShare({ requests, errors }: Totals): number | null {
  return requests === 0 || errors === null ? null : errors / requests
}

function trafficTable(periods: readonly Period[], quantile: number, quantileName: string): Table {
  return {
    caption: 'Requests, errors and response time in each window',
    columns: [
      { title: 'until', kind: 'number' },
      { title: 'weight', kind: 'number' },
      ...ARM_LEGEND.flatMap(({ name }): Column[] => [
        { title: `${name} requests`, kind: 'number' },
        { title: 'errors', kind: 'number' },
        { title: quantileName, kind: 'number' },
      ]),
    ],
    rows: periods.map(({ toMs, weight, stable, canary }) => [
      formatClock(toMs),
      `${formatPlain(weight)} %`,
      ...[stable, canary].flatMap((totals) => {
        const seconds = totals.latency === null ? null : quantileOf(totals.latency, quantile)
        return [
          formatCount(totals.requests),
          totals.errors === null ? NOT_MEASURED : formatCount(totals.errors),
          seconds === null ? NOT_MEASURED : formatSeconds(seconds),
        ]
      }),
    ]),
  }
}
