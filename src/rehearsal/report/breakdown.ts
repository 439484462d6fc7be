import type { DecisionPolicy, PairShare, SliceShare } from '#decision'
import { drawTable } from '../../presentation/figure.ts'
import { formatCount, formatInterval, formatShare } from '../../presentation/format-figures.ts'
import { drawInterval } from '../../presentation/interval.ts'
import { markup, prose, type Fragment, type Markup } from '../../presentation/markup.ts'
import type { RehearsalRecord } from '../record.ts'
import { shadowBreakdown } from '../shadow-breakdown.ts'

const MAX_ROWS = 20

/** What explains a disagreement: how often stable contradicts itself, and the slices; null where neither was counted. */
export function drawBreakdown(record: RehearsalRecord, { signals }: DecisionPolicy): Markup | null {
  const { noise, slices } = shadowBreakdown(record)
  if (noise === null && slices.length === 0) return null
  const limit = signals.shadow?.maxDisagreement ?? null
  return markup`${noise === null ? null : markup`<p>${prose(describeNoise(noise, limit))}</p>`}${slices.length === 0 ? null : drawSlices(slices, limit)}`
}

function describeNoise(
  { pairs, disagreements, estimate: { value, low, high } }: PairShare,
  limit: number | null,
): string {
  const measured = `Asked twice, stable contradicts itself on ${formatCount(disagreements)} of ${formatCount(pairs)} of its own inputs (${formatShare(value)}, between ${formatShare(low)} and ${formatShare(high)} with 95 % confidence).`
  if (limit === null || low <= limit) return measured
  return `${measured} Not even a copy of it can stay under the limit of ${formatShare(limit)}: raise maxDisagreement or widen tolerances.`
}

function drawSlices(slices: readonly SliceShare[], limit: number | null): Markup {
  const shown = slices.slice(0, MAX_ROWS)
  const left = slices.length - shown.length
  // One scale for all rows, so that they can be compared.
  const highest = Math.max(...shown.map(({ estimate }) => estimate.high))
  return drawTable({
    caption: `The same inputs by slice, the worst first; all intervals hold together with 95 % confidence${left === 0 ? '' : `; ${formatCount(left)} more are left out`}`,
    columns: [
      { title: 'slice', kind: 'text' },
      { title: 'compared', kind: 'number' },
      { title: 'differ', kind: 'number' },
      { title: 'share, 95 % interval', kind: 'text' },
    ],
    stacks: true,
    rows: shown.map(({ slice, pairs, disagreements, estimate, standsOut }): Fragment[] => [
      markup`${slice}${standsOut ? markup`<small>stands out</small>` : null}`,
      formatCount(pairs),
      formatCount(disagreements),
      markup`${drawInterval('shadow', { estimate, limit }, highest)}<small>${formatShare(estimate.value)} (${formatInterval('shadow', estimate.low, estimate.high)})</small>`,
    ]),
  })
}
