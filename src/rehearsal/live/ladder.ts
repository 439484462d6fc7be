import { formatDuration } from '#decision'
import { formatPlain } from '../../presentation/format-figures.ts'
import { lineCells, segment, type Segment, type SegmentLine, type Tone } from './segments.ts'
import type { RehearsalRecord, StepRecord } from '../record.ts'
import { rungsOf, type Rung } from '../rungs.ts'
import { clipCells, visibleText } from '../../presentation/text-cells.ts'

const MARKS: Readonly<Record<StepRecord['state'], { mark: string; tone: Tone }>> = {
  waiting: { mark: '○', tone: 'faint' },
  running: { mark: '●', tone: 'open' },
  passed: { mark: '✓', tone: 'good' },
  failed: { mark: '✕', tone: 'bad' },
  inconclusive: { mark: '?', tone: 'open' },
  skipped: { mark: '–', tone: 'faint' },
}

/** Shows that the view is alive even while no number changes. */
const SPINNER = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'] as const

/** The ladder, and beside it the step that runs and for how long. */
export function ladderLine(record: RehearsalRecord, cells: number): SegmentLine {
  const rungs = rungsOf(record.steps)
  const ladder = rungs.flatMap((rung, index) => rungSegments(rung, index, record.elapsedMs))
  const running = record.steps.find(({ state }) => state === 'running')
  if (running === undefined) return ladder
  const since = running.startedMs === null ? '' : `, ${formatDuration(record.elapsedMs - running.startedMs)}`
  const text = `step ${record.steps.indexOf(running) + 1}/${record.steps.length}: ${visibleText(running.title)}${since}`
  const free = cells - lineCells(ladder) - 3
  return free < 20 ? ladder : [...ladder, segment('   '), segment(clipCells(text, free), 'faint')]
}

function rungSegments({ weight, state }: Rung, index: number, elapsedMs: number): Segment[] {
  const { mark, tone } = MARKS[state]
  const shown = state === 'running' ? (SPINNER[Math.floor(elapsedMs / 200) % SPINNER.length] ?? mark) : mark
  const reached = state !== 'waiting' && state !== 'skipped'
  return [
    ...(index === 0 ? [] : [segment(reached ? ' ━━━ ' : ' ─── ', 'faint')]),
    segment(`${shown} ${formatPlain(weight)} %`, tone),
  ]
}
