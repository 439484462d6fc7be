import {
  formatClock,
  formatCount,
  formatEvidence,
  formatPlain,
  formatSeconds,
  formatShare,
  NOT_MEASURED,
} from '../../presentation/format-figures.ts'
import { describeComparison } from '../flip-words.ts'
import { ladderLine } from './ladder.ts'
import {
  bar,
  cell,
  lineCells,
  paintLine,
  paintPlain,
  segment,
  type Paint,
  type Segment,
  type SegmentLine,
  type Tone,
} from './segments.ts'
import { signalLines } from './signals.ts'
import type { ArmRecord, RehearsalRecord } from '../record.ts'
import { visibleText, wrapCells } from '../../presentation/text-cells.ts'

/** Wider than this, the eye loses its row. */
const MAX_COLUMNS = 104

/**
 * The live view of a rehearsal as lines of text: title and time, ladder, a row per arm, a row per signal, evidence in
 * total, reason. Never more than 23 lines, so that it fits the smallest usual terminal.
 *
 * @param columns width of the terminal; no line is longer than one below it, or some terminals would wrap
 */
export function renderFrame(record: RehearsalRecord, columns: number, paint: Paint = paintPlain): string[] {
  const cells = Math.max(1, Math.min(MAX_COLUMNS, columns - 1))
  const verdict = record.looks.at(-1)?.verdict
  const lines: SegmentLine[] = [
    titleLine(record, cells),
    ladderLine(record, cells),
    [],
    ...armLines(record, cells),
    ...(verdict === undefined ? [] : [[], ...signalLines(verdict, cells), totalLine(verdict, cells)]),
    ...comparisonLine(record),
    [],
    ...reasonLines(record, cells),
  ]
  return lines.map((line) => paintLine(line, cells, paint))
}

function titleLine(record: RehearsalRecord, cells: number): SegmentLine {
  const right = [...outcome(record), segment(formatClock(record.elapsedMs).padStart(7), 'strong')]
  const rollout = visibleText(record.rollout)
  const title = visibleText(record.title)
  const left = rollout === title ? title : `${rollout} · ${title}`
  return [cell(left, cells - lineCells(right), 'left', 'strong'), ...right]
}

function outcome({ outcome: ended, phase }: RehearsalRecord): SegmentLine {
  if (ended === null) return phase === 'finished' ? [segment(' stopped', 'open')] : []
  return [segment(` ${OUTCOMES[ended].mark} ${ended}`, OUTCOMES[ended].tone)]
}

const OUTCOMES: Readonly<Record<NonNullable<RehearsalRecord['outcome']>, { mark: string; tone: Tone }>> = {
  promoted: { mark: '✓', tone: 'good' },
  aborted: { mark: '✕', tone: 'bad' },
  inconclusive: { mark: '?', tone: 'open' },
}

/** Columns of the arms' rows with their widths in cells. */
const ARM_COLUMNS = ['requests', 'errors', 'rate', 'req/s', 'latency'] as const
const ARM_CELLS = { requests: 11, errors: 8, rate: 9, 'req/s': 7, latency: 9 } as const
const LEAST_MODEL_CELLS = 10

function armLines(record: RehearsalRecord, cells: number): SegmentLine[] {
  const shown = cells >= 9 + LEAST_MODEL_CELLS + 44 ? ARM_COLUMNS : ARM_COLUMNS.filter((name) => name !== 'req/s')
  const modelCells = Math.max(0, cells - 9 - shown.reduce((sum, name) => sum + ARM_CELLS[name], 0))
  const row = (name: Segment, model: string, texts: ArmTexts, tone: Tone): SegmentLine => [
    name,
    cell(modelCells < LEAST_MODEL_CELLS ? '' : model, modelCells, 'left', tone),
    ...shown.map((column) => cell(texts[column], ARM_CELLS[column], 'right', tone)),
  ]
  const quantile = `p${formatPlain(record.latencyQuantile * 100)}`
  const titles = { requests: 'requests', errors: 'errors', rate: 'rate', 'req/s': 'req/s', latency: quantile }
  return [
    row(cell('', 9), 'model', titles, 'faint'),
    row(cell('stable', 9, 'left', 'stable'), visibleText(record.stable.model), armTexts(record.stable), 'plain'),
    row(cell('canary', 9, 'left', 'canary'), visibleText(record.canary.model), armTexts(record.canary), 'plain'),
  ]
}

type ArmTexts = Readonly<Record<(typeof ARM_COLUMNS)[number], string>>

function armTexts({ requests, errors, requestsPerSecond, latencySeconds }: ArmRecord): ArmTexts {
  return {
    requests: formatCount(requests),
    errors: formatCount(errors),
    rate: requests === 0 ? NOT_MEASURED : formatShare(errors / requests),
    'req/s': formatCount(requestsPerSecond),
    latency: latencySeconds === null ? NOT_MEASURED : formatSeconds(latencySeconds),
  }
}

function totalLine({ logE, needed }: { logE: number; needed: number }, cells: number): SegmentLine {
  const text = `  ${formatEvidence(logE)} of ${formatEvidence(needed)}`
  const label = 'evidence of harm, all signals  '
  const width = Math.max(0, Math.min(32, cells - label.length - text.length))
  const tone = logE >= needed ? 'bad' : logE >= needed / 2 ? 'open' : 'good'
  return [segment(label, 'faint'), ...bar(logE / needed, width, tone), segment(text)]
}

/** Flips that a line has room for. */
const MAX_FLIPS = 4

function comparisonLine({ shadow }: RehearsalRecord): SegmentLine[] {
  if (shadow === null || shadow.pairs === 0) return []
  const text = visibleText(describeComparison(shadow, MAX_FLIPS))
  return [[segment('same inputs  ', 'faint'), segment(text, shadow.disagreements > 0 ? 'open' : 'plain')]]
}

const PHASES: Readonly<Record<RehearsalRecord['phase'], string>> = {
  starting: 'starting the model servers',
  history: 'gathering the history of stable, with all traffic on it',
  steps: '',
  finished: '',
}

function reasonLines(record: RehearsalRecord, cells: number): SegmentLine[] {
  const tone = record.outcome === null ? 'plain' : OUTCOMES[record.outcome].tone
  const text = record.reason === '' ? PHASES[record.phase] : visibleText(record.reason)
  return wrapCells(text, cells, 3).map((line) => [segment(line, tone)])
}
