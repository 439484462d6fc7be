import { formatDuration, type DecisionPolicy } from '#decision'
import {
  formatCount,
  formatEvidence,
  formatPlain,
  formatSeconds,
  formatShare,
  NOT_MEASURED,
} from '../../presentation/format-figures.ts'
import type { ArmRecord, RehearsalRecord } from '../record.ts'
import { drawClasses, drawLatency, drawValues } from './distributions.ts'
import { drawComparison, drawDisagreement } from './comparison.ts'
import { drawEvidence } from './evidence.ts'
import { drawTable } from '../../presentation/figure.ts'
import { drawLadder } from './ladder.ts'
import { markup, prose, type Fragment, type Markup } from '../../presentation/markup.ts'
import { drawEnding, endingOf } from './outcome.ts'
import { reachedWeight, sectionId } from './overview.ts'
import { drawSignals, judgedSignals, type JudgedSignal } from './signals.ts'
import { drawTraffic } from './traffic.ts'
import { addHistograms, quantileOf } from './windows.ts'

/** Distances as they are written in sentences. */
const DISTANCES: Readonly<Record<string, string>> = {
  psi: 'PSI',
  tv: 'total variation',
  js: 'Jensen–Shannon divergence',
  hellinger: 'Hellinger distance',
  ks: 'Kolmogorov–Smirnov distance',
  w1: 'Wasserstein distance',
}

/** Everything about one candidate: outcome, arms, ladder, charts, signals, notes. */
export function drawCandidate(record: RehearsalRecord, policy: DecisionPolicy, index: number): Markup {
  const id = sectionId(index)
  const signals = judgedSignals(record.looks)
  const drift = driftCaption(signals, policy)
  const last = record.looks.at(-1)?.verdict
  const charts = [
    drawEvidence(record, `${id}-evidence`),
    drawDisagreement(record, `${id}-disagreement`, policy),
    drawClasses(record, `${id}-classes`, drift),
    drawValues(record, `${id}-values`, drift),
    drawLatency(record, `${id}-latency`, objectiveSeconds(policy)),
    drawTraffic(record, `${id}-traffic`),
  ].filter((chart) => chart !== null)
  return markup`<section class="candidate" id="${id}"><h2>${record.title} ${drawEnding(endingOf(record))}</h2>
<p class="lead">${prose(record.reason)}</p>
<ul class="facts">${fact('reached', `${formatPlain(reachedWeight(record))} %`)}${fact('time', formatDuration(record.elapsedMs))}${fact('canary requests', formatCount(record.canary.requests))}${fact('stable requests', formatCount(record.stable.requests))}${
    last === undefined
      ? null
      : fact('evidence of harm', `${formatEvidence(last.logE)} of ${formatEvidence(last.needed)}`)
  }${fact('looks', formatCount(record.looks.length))}</ul>
<h3>Ladder</h3>${drawLadder(record)}
<h3>Signals</h3>${signals.length === 0 ? markup`<p>The gate did not look at any evidence.</p>` : drawSignals(signals)}
<h3>Versions</h3>${drawArms(record)}
${drawComparison(record, policy)}
<h3>Charts</h3>${charts.length === 0 ? markup`<p>No evidence was recorded.</p>` : markup`<div class="charts">${charts}</div>`}
${drawNotes(record.notes)}</section>
`
}

function fact(name: string, value: string): Markup {
  return markup`<li><strong>${value}</strong><span>${name}</span></li>`
}

function drawArms(record: RehearsalRecord): Markup {
  const quantile = `p${formatPlain(record.latencyQuantile * 100)}`
  return drawTable({
    caption: 'Since the first request',
    columns: [
      { title: 'version', kind: 'text' },
      { title: 'model', kind: 'text' },
      { title: 'pod template hash', kind: 'text' },
      { title: 'requests', kind: 'number' },
      { title: 'errors', kind: 'number' },
      { title: 'error rate', kind: 'number' },
      { title: quantile, kind: 'number' },
    ],
    rows: [armRow('stable', record), armRow('canary', record)],
  })
}

function armRow(name: 'stable' | 'canary', record: RehearsalRecord): Fragment[] {
  const arm: ArmRecord = record[name]
  const latency = addHistograms(record.windows.flatMap((window) => window[name]?.latency ?? []))
  const seconds = latency === null ? null : quantileOf(latency, record.latencyQuantile)
  return [
    name,
    arm.model,
    markup`<code>${arm.podTemplateHash}</code>`,
    formatCount(arm.requests),
    formatCount(arm.errors),
    arm.requests === 0 ? NOT_MEASURED : formatShare(arm.errors / arm.requests),
    seconds === null ? NOT_MEASURED : formatSeconds(seconds),
  ]
}

function driftCaption(signals: readonly JudgedSignal[], { signals: { predictionDrift } }: DecisionPolicy): string {
  const report = signals.find(({ name }) => name === 'predictionDrift')?.report
  if (report === undefined || predictionDrift === undefined) return 'The policy does not judge predictions.'
  const distance = DISTANCES[predictionDrift.distance] ?? predictionDrift.distance
  if (report.estimate === null) return `${distance} was not measured; the limit is ${formatPlain(report.limit)}.`
  const { value, low, high } = report.estimate
  return `${distance} between the arms: ${formatPlain(value)}, between ${formatPlain(low)} and ${formatPlain(high)} with 95 % confidence; the limit is ${formatPlain(report.limit)}.`
}

function objectiveSeconds({ signals: { latency } }: DecisionPolicy): number | null {
  return latency?.max === undefined ? null : latency.max / 1_000
}

function drawNotes(notes: readonly string[]): Markup | null {
  if (notes.length === 0) return null
  return markup`<h3>Notes</h3><ul class="notes">${notes.map((note) => markup`<li>${prose(note)}</li>`)}</ul>`
}
