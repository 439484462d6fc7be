import { formatCount, formatPercent } from '#decision'
import { formatSeconds } from '../presentation/format-figures.ts'
import { visibleText } from '../presentation/text-cells.ts'
import { flipsOf } from './confusion.ts'
import { formatAgreement, formatCosine, formatNumber, formatRatio } from './format-number.ts'
import type { DistanceSummary, OutputSummary } from './output-tally.ts'
import type { ComparisonRecord, ErrorMessage, NoiseFloor } from './record.ts'
import type { BatchSpeed } from './speed.ts'
import type { WorstExample } from './worst-examples.ts'

const MAX_FLIPS = 4
const MAX_WORST = 5
const MAX_PLACES = 5

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
    ['pairs', `${counted(pairs, 'row')} of ${counted(requests, 'request')}`],
    ['disagreements', disagreements(record)],
    ...(record.confusion === null ? [] : [['label flips', flips(record)] as const]),
    ['failures', failures(record)],
    ...errors.map(({ side, message, count }): Line => ['', `${formatCount(count)} × ${SIDES[side]}: ${message}`]),
    ...Object.entries(record.outputs).flatMap(([name, output]) => outputLines(name, output)),
    ...(noise === null ? [] : [['noise', describeNoise(noise)] as const]),
    ...(speed?.batches.map((batch): Line => [`speed of ${counted(batch.rows, 'row')}`, describeSpeed(batch)]) ?? []),
    ...describeWorst(worst).map((text, i): Line => [i === 0 ? 'worst' : '', text]),
  ]
}

const SIDES: Readonly<Record<ErrorMessage['side'], string>> = { stable: 'stable', canary: 'candidate' }

/** Examples with the same words share a line. */
function describeWorst(worst: readonly WorstExample[]): string[] {
  const places = new Map<string, string[]>()
  for (const { line, row, reasons } of worst) {
    const text = reasons.join('; ')
    places.set(text, [...(places.get(text) ?? []), row === 0 ? `${line}` : `${line} (row ${row + 1})`])
  }
  return [...places].slice(0, MAX_WORST).map(([text, lines]) => {
    const shown = lines.slice(0, MAX_PLACES).join(', ')
    return `${lines.length === 1 ? 'line' : 'lines'} ${shown}${lines.length > MAX_PLACES ? ', …' : ''}: ${text}`
  })
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

function outputLines(name: string, { distance, notFinite, rank, cosine }: OutputSummary): Line[] {
  const { stable, canary } = notFinite
  return [
    ...(distance === null ? [] : [describeDistance(distance)]),
    ...(rank === null ? [] : [describeRank(rank)]),
    ...(cosine === null ? [] : [describeCosine(cosine)]),
    ...(stable + canary === 0
      ? []
      : [`NaN or infinite: ${formatCount(stable)} in stable, ${formatCount(canary)} in the candidate`]),
  ].map((text, i) => [i === 0 ? name : '', text])
}

function describeDistance({ max, mean, p50, p95, p99, maxUlps }: DistanceSummary): string {
  return `|Δ| mean ${formatNumber(mean)}, p50 ${formatNumber(p50)}, p95 ${formatNumber(p95)}, p99 ${formatNumber(p99)}, max ${formatNumber(max)} (${formatNumber(maxUlps)} ulps)`
}

function describeRank({ of, spearman, top }: NonNullable<OutputSummary['rank']>): string {
  const rho = spearman === null ? 'not defined' : spearman.toFixed(4)
  const tops = top.map(({ k, share }) => `, same top ${k} in ${formatAgreement(share)}`)
  return `rank correlation of ${of === 'classes' ? 'classes, mean over rows' : 'rows'} ${rho}${tops.join('')}`
}

function describeCosine({ min, median }: NonNullable<OutputSummary['cosine']>): string {
  return `cosine similarity of rows: min ${formatCosine(min)}, median ${formatCosine(median)}`
}

function describeNoise({ pairs, disagreements: count, max }: NoiseFloor): string {
  const parts = Object.entries(max).map(([name, value]) => `${name} ${formatNumber(value)}`)
  const largest = parts.length === 0 ? '' : `, largest |Δ| ${parts.join(', ')}`
  return `stable against itself: ${formatCount(count)} of ${formatCount(pairs)} disagree${largest}`
}

function describeSpeed({ stable, canary, ratio }: BatchSpeed): string {
  return `stable ${formatSeconds(stable.median)} a row, candidate ${formatSeconds(canary.median)}, ${formatRatio(ratio)}`
}

function counted(count: number, noun: string): string {
  return `${formatCount(count)} ${noun}${count === 1 ? '' : 's'}`
}
