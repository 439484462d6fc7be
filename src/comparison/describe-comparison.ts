import { formatCount, formatPercent } from '#decision'
import { formatSeconds } from '../presentation/format-figures.ts'
import { visibleText } from '../presentation/text-cells.ts'
import { flipsOf } from './confusion.ts'
import { formatAgreement, formatNumber, formatRatio } from './format-number.ts'
import type { OutputSummary } from './output-tally.ts'
import type { ComparisonRecord, NoiseFloor } from './record.ts'
import type { BatchSpeed } from './speed.ts'

const MAX_FLIPS = 4
const MAX_WORST = 5

type Line = readonly [name: string, text: string]

/** A comparison for people, line by line, without colours. */
export function describeComparison(record: ComparisonRecord): string {
  const lines = record.pairs === 0 ? [] : findings(record)
  const width = Math.max(0, ...lines.map(([name]) => name.length))
  return [
    `${record.verdict}: ${record.reason}`,
    ...(lines.length === 0 ? [] : ['', ...lines.map(([name, text]) => `  ${name.padEnd(width)}  ${text}`)]),
    ...record.notes.map((note) => `  ${note}`),
    '',
  ]
    .map(visibleText)
    .join('\n')
}

function findings(record: ComparisonRecord): Line[] {
  const { requests, pairs, errors, noise, speed, worst } = record
  return [
    ['pairs', `${formatCount(pairs)} rows of ${formatCount(requests)} requests`],
    ['disagreements', disagreements(record)],
    ...(record.confusion === null ? [] : [['label flips', flips(record)] as const]),
    ['failures', failures(record)],
    ...errors.map(({ side, message, count }): Line => ['', `${formatCount(count)} × ${side}: ${message}`]),
    ...Object.entries(record.outputs).flatMap(([name, output]) => outputLines(name, output)),
    ...(noise === null ? [] : [['noise', describeNoise(noise)] as const]),
    ...(speed?.batches.map((batch): Line => [`speed of ${rowsOf(batch.rows)}`, describeSpeed(batch)]) ?? []),
    ...worst
      .slice(0, MAX_WORST)
      .map(({ line, row, reasons }, i): Line => [
        i === 0 ? 'worst' : '',
        `line ${line}${row === 0 ? '' : `, row ${row + 1}`}: ${reasons.join('; ')}`,
      ]),
  ]
}

function disagreements({ disagreements: count, signals }: ComparisonRecord): string {
  const { estimate, limit } = signals.shadow ?? {}
  if (estimate === undefined || estimate === null || limit === undefined) return formatCount(count)
  const { value, low, high } = estimate
  return `${formatCount(count)}, ${formatPercent(value)} (${formatPercent(low)} to ${formatPercent(high)}), limit ${formatPercent(limit)}`
}

function flips({ labelFlips, confusion }: ComparisonRecord): string {
  if (confusion === null || labelFlips === 0) return formatCount(labelFlips)
  const all = flipsOf(confusion)
  const shown = all
    .slice(0, MAX_FLIPS)
    .map(({ stable, canary, count }) => `${formatCount(count)} × ${stable} → ${canary}`)
  return `${formatCount(labelFlips)}: ${shown.join(', ')}${all.length > MAX_FLIPS ? ', …' : ''}`
}

function failures({ bothErrors, canaryOnlyErrors, stableOnlyErrors }: ComparisonRecord): string {
  return `${formatCount(canaryOnlyErrors)} on the candidate alone, ${formatCount(stableOnlyErrors)} on stable alone, ${formatCount(bothErrors)} on both`
}

function outputLines(name: string, { distance, notFinite, rank }: OutputSummary): Line[] {
  if (distance === null) return []
  const { max, mean, p50, p95, p99, maxUlps } = distance
  const lines: Line[] = [
    [
      name,
      `|Δ| mean ${formatNumber(mean)}, p50 ${formatNumber(p50)}, p95 ${formatNumber(p95)}, p99 ${formatNumber(p99)}, max ${formatNumber(max)} (${formatNumber(maxUlps)} ulps)`,
    ],
  ]
  if (rank !== null) lines.push(['', describeRank(rank)])
  if (notFinite.stable + notFinite.canary > 0) {
    lines.push([
      '',
      `NaN or infinite: ${formatCount(notFinite.stable)} in stable, ${formatCount(notFinite.canary)} in the candidate`,
    ])
  }
  return lines
}

function describeRank({ of, spearman, top }: NonNullable<OutputSummary['rank']>): string {
  const rho = spearman === null ? 'not defined' : spearman.toFixed(4)
  const tops = top.map(({ k, share }) => `, same top ${k} in ${formatAgreement(share)}`)
  return `rank correlation of ${of === 'classes' ? 'classes, mean over rows' : 'rows'} ${rho}${tops.join('')}`
}

function describeNoise({ pairs, disagreements: count, max }: NoiseFloor): string {
  const parts = Object.entries(max).map(([name, value]) => `${name} ${formatNumber(value)}`)
  return `stable against itself: ${formatCount(count)} of ${formatCount(pairs)} disagree, largest |Δ| ${parts.join(', ')}`
}

function describeSpeed({ stable, canary, ratio }: BatchSpeed): string {
  return `stable ${formatSeconds(stable.median)} a row, candidate ${formatSeconds(canary.median)}, ${formatRatio(ratio)}`
}

function rowsOf(rows: number): string {
  return rows === 1 ? '1 row' : `${rows} rows`
}
