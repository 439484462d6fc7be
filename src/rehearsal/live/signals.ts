import { SIGNAL_NAMES, type SignalName, type SignalReport, type SignalStanding, type Verdict } from '#decision'
import {
  formatCount,
  formatFigure,
  formatInterval,
  formatJudged,
  formatPlain,
  NOT_MEASURED,
} from '../../presentation/format-figures.ts'
import { bar, cell, segment, type Segment, type SegmentLine, type Tone } from './segments.ts'
import { SIGNAL_TITLES, STANDING_MARKS, STANDING_WORDS } from '../../presentation/signal-words.ts'

const TONES: Readonly<Record<SignalStanding, Tone>> = {
  harm: 'bad',
  cleared: 'good',
  open: 'plain',
  noData: 'open',
  notApplicable: 'faint',
}

/** Widths of the columns that not every terminal has room for, in cells; 0 leaves a column out. */
interface Layout {
  readonly estimate: number
  readonly limit: number
  readonly harm: number
  readonly safe: number
  /** Whether there is room for remarks. */
  readonly remarks: boolean
}

/** The widest layout that fits is taken; the first two columns of figures and the standing are always there. */
const LAYOUTS: readonly (readonly [cells: number, layout: Layout])[] = [
  [94, { estimate: 20, limit: 9, harm: 8, safe: 8, remarks: true }],
  [78, { estimate: 18, limit: 8, harm: 6, safe: 0, remarks: false }],
  [0, { estimate: 0, limit: 0, harm: 0, safe: 0, remarks: true }],
]

/** More than this is no plan for a rehearsal, and no number for a narrow column. */
const MOST_MISSING = 1e6

/** One row per configured signal under a row of headings. */
export function signalLines(verdict: Verdict, cells: number): SegmentLine[] {
  const [, layout] = LAYOUTS.find(([least]) => cells >= least) ?? LAYOUTS[0]!
  return [
    headings(layout),
    ...SIGNAL_NAMES.flatMap((name) => {
      const report = verdict.signals[name]
      return report === undefined ? [] : [row(name, report, verdict.needed, layout)]
    }),
  ]
}

function headings(layout: Layout): SegmentLine {
  return [
    cell('signal', 13, 'left', 'faint'),
    cell('canary', 9, 'right', 'faint'),
    cell('stable', 9, 'right', 'faint'),
    cell('estimate', layout.estimate, 'right', 'faint'),
    cell('limit', layout.limit, 'right', 'faint'),
    ...spaced(layout.harm, [cell('harm', layout.harm, 'left', 'faint')]),
    ...spaced(layout.safe, [cell('safe', layout.safe, 'left', 'faint')]),
    segment('  '),
    segment('standing', 'faint'),
  ]
}

function row(name: SignalName, report: SignalReport, needed: number, layout: Layout): SegmentLine {
  const tone: Tone = report.standing === 'notApplicable' ? 'faint' : 'plain'
  return [
    cell(SIGNAL_TITLES[name], 13, 'left', tone),
    cell(formatFigure(name, report.canary), 9, 'right', tone),
    cell(formatFigure(name, report.stable), 9, 'right', tone),
    cell(interval(name, report, layout), layout.estimate, 'right', tone),
    cell(formatJudged(name, report.limit), layout.limit, 'right', tone),
    ...spaced(layout.harm, harmBar(report, needed, layout.harm)),
    ...spaced(layout.safe, safeBar(report, layout.safe)),
    segment('  '),
    segment(standing(report, layout), TONES[report.standing]),
  ]
}

function spaced(cells: number, segments: readonly Segment[]): readonly Segment[] {
  return cells === 0 ? [] : [segment('  '), ...segments]
}

/** The signal's own part of the total: full when it alone decides. */
function harmBar({ share, logE }: SignalReport, needed: number, cells: number): Segment[] {
  const part = share > 0 ? (Math.log(share) + logE) / needed : 0
  return bar(part, cells, part >= 1 ? 'bad' : part >= 0.5 ? 'open' : 'good')
}

/** Evidence of no harm against what promotion needs; where a bound decides, the bound against the limit. */
function safeBar({ standing, promote, promoteNeeded, estimate, limit }: SignalReport, cells: number): Segment[] {
  if (standing === 'cleared') return bar(1, cells, 'good')
  if (promote !== null) return bar(promoteNeeded > 0 ? promote / promoteNeeded : 0, cells, 'plain')
  return bar(estimate === null || estimate.high <= 0 ? 0 : Math.min(0.99, limit / estimate.high), cells, 'plain')
}

/** Response times are shown as times and judged as shares of slow requests. */
function interval(name: SignalName, { estimate }: SignalReport, { remarks }: Layout): string {
  if (estimate === null) return NOT_MEASURED
  const text = formatInterval(name, estimate.low, estimate.high)
  return remarks && (name === 'latency' || name === 'latencyMax') ? `${text} slow` : text
}

function standing({ standing: state, missing, phi }: SignalReport, { remarks }: Layout): string {
  const bursts = remarks && phi > 3 ? `, phi ${formatPlain(phi)}` : ''
  const planned = state === 'open' && missing !== null && missing > 0 && missing <= MOST_MISSING
  return `${STANDING_MARKS[state]} ${planned ? `${formatCount(missing)} to go` : STANDING_WORDS[state]}${bursts}`
}
