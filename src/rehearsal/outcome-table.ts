import { formatDuration } from '#decision'
import type { RehearsalRecord } from './record.ts'

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
    ...wrap(reason, Math.max(40, Math.min(columns, 110) - 4)).map((line) => `    ${line}`),
  ])
  return `${lines.join('\n')}\n`
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const last = lines.at(-1)
    if (last !== undefined && last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`
    else lines.push(word)
  }
  return lines
}
