import {
  formatClock,
  formatCount,
  formatEvidence,
  formatPlain,
  NOT_MEASURED,
} from '../../presentation/format-figures.ts'
import type { LookRecord, RehearsalRecord, StepRecord } from '../record.ts'
import { markup, prose, type Markup } from '../../presentation/markup.ts'
import { rungsOf, type Rung } from '../rungs.ts'
import { drawTable } from '../../presentation/figure.ts'

/** States of rungs and steps for people, with a shape for those who do not see the colour. */
const STATES: Readonly<Record<StepRecord['state'], string>> = {
  waiting: '○ not reached',
  running: '● running',
  passed: '✓ passed',
  failed: '✕ failed',
  inconclusive: '? undecided',
  skipped: '– not reached',
}

/** The ladder as a row of rungs with their times, and what was decided on each as a table. */
export function drawLadder(record: RehearsalRecord): Markup {
  const rungs = rungsOf(record.steps)
  return markup`<ol class="ladder">${rungs.map(
    ({ weight, state, startedMs, finishedMs, steps }) =>
      markup`<li class="${state}"><span class="weight">${formatPlain(weight)} %</span><span class="state">${STATES[state]}</span><small>${times(startedMs, finishedMs)}</small><small>${steps.map(({ title }) => title).join(', ')}</small></li>
`,
  )}</ol>
<details><summary>Step by step</summary>${drawTable({
    caption: 'Steps of the Rollout',
    columns: [
      { title: 'step', kind: 'text' },
      { title: 'weight', kind: 'number' },
      { title: 'state', kind: 'text' },
      { title: 'began', kind: 'number' },
      { title: 'ended', kind: 'number' },
    ],
    rows: record.steps.map(({ index, title, weight, state, startedMs, finishedMs }) => [
      `${index + 1}. ${title}`,
      `${formatPlain(weight)} %`,
      STATES[state],
      clock(startedMs),
      clock(finishedMs),
    ]),
  })}${drawTable({
    caption: 'Last look on each rung',
    columns: [
      { title: 'weight', kind: 'number' },
      { title: 'verdict', kind: 'text' },
      { title: 'canary requests', kind: 'number' },
      { title: 'evidence of harm', kind: 'number' },
      { title: 'reason', kind: 'prose' },
    ],
    rows: rungs.flatMap((rung) => {
      const look = lastLook(record.looks, rung)
      if (look === undefined) return []
      const { verdict, canaryRequests, logE, needed, reason } = look.verdict
      return [
        [
          `${formatPlain(rung.weight)} %`,
          verdict,
          formatCount(canaryRequests),
          `${formatEvidence(logE)} of ${formatEvidence(needed)}`,
          prose(reason),
        ],
      ]
    }),
  })}</details>
`
}

function lastLook(looks: readonly LookRecord[], { weight, startedMs, finishedMs }: Rung): LookRecord | undefined {
  if (startedMs === null) return undefined
  return looks.findLast(
    ({ atMs, verdict }) =>
      verdict.weight === weight && atMs >= startedMs && (finishedMs === null || atMs <= finishedMs),
  )
}

function times(startedMs: number | null, finishedMs: number | null): string {
  return startedMs === null ? NOT_MEASURED : `${clock(startedMs)} to ${finishedMs === null ? '…' : clock(finishedMs)}`
}

function clock(atMs: number | null): string {
  return atMs === null ? NOT_MEASURED : formatClock(atMs)
}
