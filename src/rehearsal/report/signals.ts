import { formatPlanned, SIGNAL_NAMES, type SignalName, type SignalReport } from '#decision'
import {
  formatEvidence,
  formatFigure,
  formatInterval,
  formatJudged,
  formatPlain,
  formatShare,
  NOT_MEASURED,
} from '../../presentation/format-figures.ts'
import type { LookRecord } from '../record.ts'
import { drawTable } from '../../presentation/figure.ts'
import { drawInterval } from '../../presentation/interval.ts'
import { markup, prose, type Fragment, type Markup } from '../../presentation/markup.ts'
import { SIGNAL_MEANINGS, SIGNAL_TITLES, STANDING_MARKS, STANDING_WORDS } from '../../presentation/signal-words.ts'

/** A signal as it stood when it was judged last; comparisons end where stable no longer serves. */
export interface JudgedSignal {
  readonly name: SignalName
  readonly report: SignalReport
  /** Percentage of traffic that the canary had then. */
  readonly weight: number
}

/** Each configured signal at the last look that judged it, or at the last look where none did. */
export function judgedSignals(looks: readonly LookRecord[]): JudgedSignal[] {
  return SIGNAL_NAMES.flatMap((name) => {
    const reports = looks.flatMap(({ verdict }) => {
      const report = verdict.signals[name]
      return report === undefined ? [] : [{ name, report, weight: verdict.weight }]
    })
    return reports.findLast(({ report }) => report.standing !== 'notApplicable') ?? reports.at(-1) ?? []
  })
}

/** The table of signals: figures of both arms, estimate with interval against the limit, evidence, dispersion, standing. */
export function drawSignals(signals: readonly JudgedSignal[]): Markup {
  return markup`<div class="signals">${drawTable({
    caption: 'Each signal at the last look that judged it',
    stacks: true,
    columns: [
      { title: 'signal', kind: 'text' },
      { title: 'standing', kind: 'text' },
      { title: 'canary', kind: 'number' },
      { title: 'stable', kind: 'number' },
      { title: 'judged quantity, 95 % interval', kind: 'text' },
      { title: 'limit', kind: 'number' },
      { title: 'evidence of harm', kind: 'number' },
      { title: 'evidence of no harm', kind: 'number' },
      { title: 'phi', kind: 'number' },
      { title: 'budget', kind: 'number' },
      { title: 'at weight', kind: 'number' },
    ],
    rows: signals.map(row),
  })}</div><p class="caption">The limit is what the policy tolerates; a signal is cleared when it is proved to stay within the policy's margin for promotion. Evidence is divided by phi, which is above 1 where events come in bursts. The budget is the signal's share of the false aborts that the policy allows.</p>`
}

function row({ name, report, weight }: JudgedSignal): Fragment[] {
  return [
    markup`${SIGNAL_TITLES[name]}<small>${report.text === '' ? SIGNAL_MEANINGS[name] : prose(report.text)}</small>`,
    markup`<span class="standing ${report.standing}">${STANDING_MARKS[report.standing]} ${STANDING_WORDS[report.standing]}</span>`,
    formatFigure(name, report.canary),
    formatFigure(name, report.stable),
    estimate(name, report),
    formatJudged(name, report.limit),
    formatEvidence(report.logE),
    report.promote === null
      ? NOT_MEASURED
      : `${formatEvidence(report.promote)} of ${formatEvidence(report.promoteNeeded)}`,
    formatPlain(report.phi),
    formatShare(report.share),
    `${formatPlain(weight)} %`,
  ]
}

function estimate(name: SignalName, report: SignalReport): Fragment {
  if (report.estimate === null) return NOT_MEASURED
  const { value, low, high } = report.estimate
  const missing =
    report.standing !== 'open' || report.missing === null
      ? ''
      : `, ${formatPlanned(report.missing)} more requests to clear`
  return markup`${drawInterval(name, report)}<small>${formatJudged(name, value)} (${formatInterval(name, low, high)})${missing}</small>`
}
