import { formatDuration } from '#decision'
import { formatCount, formatPlain } from '../../presentation/format-figures.ts'
import type { RehearsalRecord } from '../record.ts'
import { drawTable } from '../../presentation/figure.ts'
import { markup, prose, type Markup } from '../../presentation/markup.ts'
import { drawEnding, endingOf, type Ending } from './outcome.ts'

/** All candidates of the report in one table, each with a link to its section. */
export function drawOverview(records: readonly RehearsalRecord[]): Markup {
  return markup`<section class="overview"><h2>Overview</h2><p class="lead">${summary(records)}</p>${drawTable({
    caption: 'In the order in which they were rehearsed',
    stacks: true,
    columns: [
      { title: 'candidate', kind: 'text' },
      { title: 'outcome', kind: 'text' },
      { title: 'reason', kind: 'prose' },
      { title: 'reached', kind: 'number' },
      { title: 'time', kind: 'number' },
      { title: 'canary requests', kind: 'number' },
      { title: 'stable requests', kind: 'number' },
    ],
    rows: records.map((record, index) => [
      markup`<a href="#${sectionId(index)}">${record.title}</a>`,
      drawEnding(endingOf(record)),
      prose(record.reason),
      `${formatPlain(reachedWeight(record))} %`,
      formatDuration(record.elapsedMs),
      formatCount(record.canary.requests),
      formatCount(record.stable.requests),
    ]),
  })}</section>
`
}

/** Anchor of a candidate's section. */
export function sectionId(index: number): string {
  return `candidate-${index + 1}`
}

/** Largest percentage of traffic that the candidate was given. */
export function reachedWeight({ steps, windows }: RehearsalRecord): number {
  const begun = steps.filter(({ startedMs }) => startedMs !== null)
  return Math.max(0, ...begun.map(({ weight }) => weight), ...windows.map(({ weight }) => weight))
}

const ENDINGS: Readonly<Record<Ending, string>> = {
  promoted: 'promoted',
  aborted: 'aborted',
  inconclusive: 'left undecided',
  unfinished: 'not finished',
}

/** `4 candidates: 1 promoted, 3 aborted.` */
function summary(records: readonly RehearsalRecord[]): string {
  const counts = Object.entries(ENDINGS).flatMap(([ending, words]) => {
    const count = records.filter((record) => endingOf(record) === ending).length
    return count === 0 ? [] : [`${formatCount(count)} ${words}`]
  })
  return `${formatCount(records.length)} ${records.length === 1 ? 'candidate' : 'candidates'}: ${counts.join(', ')}.`
}
