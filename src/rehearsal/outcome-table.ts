import { formatDuration } from '#decision'
import type { RehearsalRecord } from './record.ts'
import { wrapCells } from '../presentation/text-cells.ts'

/** The outcomes for people: a line a candidate, its reason below. */
export function outcomeTable(records: readonly RehearsalRecord[], columns: number): string {
  const width = Math.max(...records.map(({ title }) => title.length))
  const lines = records.flatMap(({ title, outcome, elapsedMs, canary, reason }) => [
    [
      title.padEnd(width),
      (outcome ?? 'undecided').padEnd('inconclusive'.length),
      `after ${formatDuration(elapsedMs)}`.padEnd(12),
      `${canary.requests.toLocaleString('en-US')} requests to the candidate`,
    ].join('  '),
    ...wrapCells(reason, Math.max(40, Math.min(columns, 110) - 4), Infinity).map((line) => `    ${line}`),
  ])
  return `${lines.join('\n')}\n`
}
