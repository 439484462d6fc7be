import type { Histogram } from '#decision'
import { drawBars, type BarChart } from '../../presentation/chart-bars.ts'
import {
  formatCount,
  formatPlain,
  formatSeconds,
  formatShare,
  NOT_MEASURED,
} from '../../presentation/format-figures.ts'
import type { RehearsalRecord } from '../record.ts'
import { ARM_LEGEND, drawFigure, type Table } from '../../presentation/figure.ts'
import type { Markup } from '../../presentation/markup.ts'
import { addClasses, addHistograms, quantileOf, sum } from './windows.ts'

/** Above so many classes the least frequent are shown as one. */
const MAX_CLASSES_SHOWN = 12

/** Share of each predicted class in both arms; null when no classes were counted. */
export function drawClasses(record: RehearsalRecord, id: string, caption: string): Markup | null {
  const live = liveWindows(record)
  const stable = addClasses(live.map((window) => window.stable))
  const canary = addClasses(live.map((window) => window.canary))
  const names = [...new Set([...stable.keys(), ...canary.keys()])]
  if (names.length === 0) return null
  const shown = names.length > MAX_CLASSES_SHOWN ? names.slice(0, MAX_CLASSES_SHOWN - 1) : names
  const rest = names.slice(shown.length)
  const counts = [stable, canary].map((arm) => {
    const values = shown.map((name) => arm.get(name) ?? 0)
    return rest.length === 0 ? values : [...values, sum(rest.map((name) => arm.get(name) ?? 0))]
  })
  const labels = rest.length === 0 ? shown : [...shown, `${rest.length} others`]
  const shares = counts.map(sharesOf)
  return drawFigure({
    title: 'Predicted classes',
    legend: ARM_LEGEND,
    chart: drawBars({
      id,
      title: 'Share of each predicted class, stable beside canary',
      description: `${labels.map((label, k) => `${label}: stable ${share(shares[0]?.[k])}, canary ${share(shares[1]?.[k])}`).join('; ')}.`,
      labels,
      labelsAt: 'groups',
      series: arms(shares),
      format: formatShare,
      marker: null,
    }),
    caption,
    table: countsTable('Predictions by class', 'class', labels, counts),
    wide: false,
  })
}

/** Share of requests in each latency bucket of both arms, with the objective; null when latency was not measured. */
export function drawLatency(record: RehearsalRecord, id: string, objectiveSeconds: number | null): Markup | null {
  const pair = histogramPair(record, 'latency')
  if (pair === null) return null
  const [stable, canary] = pair
  const quantile = `p${formatPlain(record.latencyQuantile * 100)}`
  const quantiles = pair.map((histogram) => {
    const seconds = quantileOf(histogram, record.latencyQuantile)
    return seconds === null ? NOT_MEASURED : formatSeconds(seconds)
  })
  const objective =
    objectiveSeconds === null ? '' : ` The objective is ${quantile} within ${formatSeconds(objectiveSeconds)}.`
  const { labels, counts } = trimmedBuckets(stable, canary, objectiveSeconds)
  const shares = counts.map(sharesOf)
  return drawFigure({
    title: 'Response times',
    legend: ARM_LEGEND,
    chart: drawBars({
      id,
      title: 'Share of requests by response time, stable beside canary',
      description: `${quantile}: stable ${quantiles[0] ?? ''}, canary ${quantiles[1] ?? ''}.${objective}`,
      labels: labels.map(formatSeconds),
      labelsAt: 'edges',
      series: arms(shares),
      format: formatShare,
      marker: objectiveSeconds === null ? null : limitMarker(objectiveSeconds, labels),
    }),
    caption: `${quantile} over the rollout: stable ${quantiles[0] ?? ''}, canary ${quantiles[1] ?? ''}.${objective}`,
    table: countsTable('Requests by response time', 'response time', bucketNames(labels, formatSeconds), counts),
    wide: false,
  })
}

/** Share of predicted values in each bucket of both arms; null when no values were counted. */
export function drawValues(record: RehearsalRecord, id: string, caption: string): Markup | null {
  const pair = histogramPair(record, 'values')
  if (pair === null) return null
  const { labels, counts } = trimmedBuckets(...pair, null)
  return drawFigure({
    title: 'Predicted values',
    legend: ARM_LEGEND,
    chart: drawBars({
      id,
      title: 'Share of predicted values by size, stable beside canary',
      description: `${labels.length + 1} ranges of values; the table below has their counts.`,
      labels: labels.map(formatPlain),
      labelsAt: 'edges',
      series: arms(counts.map(sharesOf)),
      format: formatShare,
      marker: null,
    }),
    caption,
    table: countsTable('Predictions by value', 'value', bucketNames(labels, formatPlain), counts),
    wide: false,
  })
}

/** Windows in which both versions served; the history before them says nothing about the candidate. */
function liveWindows({ windows }: RehearsalRecord) {
  return windows.filter(({ weight }) => weight > 0)
}

/** Both arms' histograms over the boundaries that they share; null when neither counted anything. */
function histogramPair(record: RehearsalRecord, part: 'latency' | 'values'): readonly [Histogram, Histogram] | null {
  const live = liveWindows(record)
  const stable = addHistograms(live.flatMap((window) => window.stable?.[part] ?? []))
  const canary = addHistograms(live.flatMap((window) => window.canary?.[part] ?? []))
  const known = stable ?? canary
  if (known === null || sum(stable?.counts ?? []) + sum(canary?.counts ?? []) === 0) return null
  const empty = { le: known.le, counts: known.counts.map(() => 0) }
  const le = known.le.filter((bound) => (stable ?? empty).le.includes(bound) && (canary ?? empty).le.includes(bound))
  const layout = { le, counts: new Array<number>(le.length + 1).fill(0) }
  return [addHistograms([layout, stable ?? empty]) ?? layout, addHistograms([layout, canary ?? empty]) ?? layout]
}

/** How many empty buckets an objective may be away from the slowest requests and still be drawn in its own place. */
const NEAR_BUCKETS = 4

/** Leaves out the empty buckets at both ends, but not those up to an objective that is near. */
function trimmedBuckets(stable: Histogram, canary: Histogram, objective: number | null) {
  const used = stable.counts.flatMap((count, k) => (count + (canary.counts[k] ?? 0) > 0 ? [k] : []))
  const lowest = Math.min(...used)
  const highest = Math.max(...used)
  const place = objective === null ? -1 : stable.le.findIndex((bound) => bound >= objective)
  const near = place !== -1 && place >= lowest - NEAR_BUCKETS && place <= highest + NEAR_BUCKETS
  const from = Math.max(0, Math.min(lowest, near ? place : lowest) - 1)
  const to = Math.min(stable.le.length, Math.max(highest, near ? place : highest) + 1)
  return {
    labels: stable.le.slice(from, to),
    counts: [stable, canary].map(({ counts }) => [
      sum(counts.slice(0, from + 1)),
      ...counts.slice(from + 1, to),
      sum(counts.slice(to)),
    ]),
  }
}

/** A limit among groups between edges: in its place, or at the edge of the chart with an arrow towards it. */
function limitMarker(limit: number, edges: readonly number[]): BarChart['marker'] {
  const label = `objective ${formatSeconds(limit)}`
  const next = edges.findIndex((edge) => edge >= limit)
  if (next === -1) return { at: edges.length + 1, label: `${label} →` }
  const from = edges[next - 1] ?? 0
  return { at: next + (limit - from) / ((edges[next] ?? limit) - from), label }
}

function bucketNames(edges: readonly number[], format: (value: number) => string): string[] {
  const last = edges.at(-1)
  return [
    ...edges.map((edge, k) => (k === 0 ? `up to ${format(edge)}` : `${format(edges[k - 1] ?? 0)} to ${format(edge)}`)),
    last === undefined ? 'all' : `above ${format(last)}`,
  ]
}

function countsTable(caption: string, what: string, names: readonly string[], counts: readonly number[][]): Table {
  const shares = counts.map(sharesOf)
  return {
    caption,
    columns: [
      { title: what, kind: 'text' },
      { title: 'stable', kind: 'number' },
      { title: 'share', kind: 'number' },
      { title: 'canary', kind: 'number' },
      { title: 'share', kind: 'number' },
    ],
    rows: names.map((name, k) => [
      name,
      ...counts.flatMap((values, arm) => [formatCount(values[k] ?? 0), share(shares[arm]?.[k])]),
    ]),
  }
}

function arms(shares: readonly (readonly number[])[]) {
  return ARM_LEGEND.map(({ name, style }, index) => ({ name, style, values: shares[index] ?? [] }))
}

function sharesOf(counts: readonly number[]): number[] {
  const total = sum(counts)
  return counts.map((count) => (total === 0 ? 0 : count / total))
}

function share(value: number | undefined): string {
  return value === undefined ? NOT_MEASURED : formatShare(value)
}
