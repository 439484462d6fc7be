import type { Tolerance } from '#runtime'
import { drawBars, type BarChart } from '../presentation/chart-bars.ts'
import { formatCount, formatShare } from '../presentation/format-figures.ts'
import { drawFigure } from '../presentation/figure.ts'
import type { Markup } from '../presentation/markup.ts'
import { formatNumber } from './format-number.ts'
import type { DistanceSummary, OutputSummary } from './output-tally.ts'

/** How far one output of both models lies apart, as a histogram over powers of ten; null where it holds no numbers. */
export function drawDistances(name: string, output: OutputSummary, id: string): Markup | null {
  const { distance, tolerance } = output
  if (distance === null) return null
  const { max, p50, p95, p99 } = distance
  const bins = binsOf(distance)
  const total = Math.max(
    1,
    bins.reduce((sum, { count }) => sum + count, 0),
  )
  const caption =
    max === 0
      ? `Both models give exactly the same ${name}.`
      : `Half of all elements move by at most ${formatNumber(p50)}, 95 % by at most ${formatNumber(p95)}, 99 % by at most ${formatNumber(p99)}; the largest move is ${formatNumber(max)}.`
  return drawFigure({
    title: `Moves of ${name}, |Δ|`,
    legend: [],
    chart: drawBars({
      id,
      title: `Share of the elements of ${name} by how far they moved`,
      description: caption,
      labels: bins.map(({ label }) => label),
      labelsAt: 'groups',
      series: [{ name: 'elements', style: 'canary', values: bins.map(({ count }) => count / total) }],
      format: formatShare,
      marker: tolerance === null || !isAbsolute(tolerance) ? null : markerAt(tolerance.absolute, bins),
    }),
    caption: `${caption} ${describeLimit(tolerance)}`,
    table: {
      caption: `Elements of ${name} by |Δ|`,
      columns: [
        { title: '|Δ|', kind: 'text' },
        { title: 'elements', kind: 'number' },
        { title: 'share', kind: 'number' },
      ],
      rows: bins.map(({ label, count }) => [label, formatCount(count), formatShare(count / total)]),
    },
    wide: false,
  })
}

/** A limit that depends on stable's value, or on its place among the numbers of its type, has no place on this axis. */
function isAbsolute({ absolute, relative, ulps }: Tolerance): boolean {
  return absolute > 0 && relative === 0 && ulps === 0
}

function describeLimit(tolerance: Tolerance | null): string {
  if (tolerance === null) return 'No tolerance is set, so this does not decide.'
  const { absolute, relative, ulps } = tolerance
  const scaled = relative === 0 ? '' : ` + ${formatNumber(relative)} × |stable|`
  return `Tolerated is ${formatNumber(absolute)}${scaled}${ulps === 0 ? '' : `, or ${formatNumber(ulps)} ulps`}.`
}

interface Bin {
  readonly label: string
  readonly count: number
  /** Upper end. */
  readonly upTo: number
}

/** The elements that did not move, then those that did from the first bin that is not empty. */
function binsOf({ histogram: { same, le, counts } }: DistanceSummary): Bin[] {
  const first = counts.findIndex((count) => count > 0)
  const moved = le.map((edge, k) => ({ label: `≤ ${formatNumber(edge)}`, count: counts[k]!, upTo: edge }))
  return [{ label: 'none', count: same, upTo: 0 }, ...(first === -1 ? [] : moved.slice(Math.max(0, first)))]
}

function markerAt(tolerance: number, bins: readonly Bin[]): BarChart['marker'] {
  const label = `tolerance ${formatNumber(tolerance)}`
  const bin = bins.findIndex(({ upTo }) => upTo >= tolerance)
  if (bin === -1) return { at: bins.length, label: `${label} →` }
  return { at: bins[bin]!.upTo === tolerance ? bin + 1 : bin + 0.5, label }
}
