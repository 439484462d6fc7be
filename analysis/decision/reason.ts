import { formatDuration, formatWait } from './duration.ts'
import {
  formatCount,
  formatEvidence,
  formatFigure,
  formatPercent,
  formatPlanned,
  formatQuantile,
  formatSeconds,
} from './format.ts'
import type { GatePlan } from './plan.ts'
import { differenceReasons, hangReasons, noiseReasons, sliceReasons } from './shadow-reason.ts'
import type { SignalReports } from './signals.ts'
import type { Step } from './step.ts'
import { SIGNAL_NAMES, type SignalName } from './verdict.ts'

/** Above this, counts come in bursts, and a reader must know why it takes so long. */
const BURSTY = 3

/** What a step still lacks before it may pass. */
export interface Need {
  /** Signals that are neither cleared nor inapplicable, in the order of reports. */
  readonly open: readonly SignalName[]
  readonly soakLeftMs: number
  readonly requestsLeft: number
  /** What `missing` counts: before the canary has traffic, inputs that both models were given. */
  readonly unit: 'canary requests' | 'pairs'
  /** How many more over all; null when unknown or none. */
  readonly missing: number | null
  /** The same as time, the soak included; null when unknown or none. */
  readonly missingMs: number | null
}

const NAMES: Readonly<Record<SignalName, string>> = {
  errorRate: 'error rate',
  errorRateMax: 'error limit',
  latency: 'latency',
  latencyMax: 'latency objective',
  predictionDrift: 'prediction drift',
  shadow: 'shadow disagreement',
  pairedErrors: 'paired errors',
}

/** What counts as evidence of harm, for a sentence. */
interface Harm {
  readonly canaryRequests: number
  readonly harm: readonly { readonly name: SignalName; readonly weighted: number }[]
  readonly reports: SignalReports
}

/** The signal with the most evidence of harm; undefined where none is configured. */
export function leadingSignal(harm: Harm['harm']): SignalName | undefined {
  return byWeight(harm)[0]?.name
}

function byWeight(harm: Harm['harm']): Harm['harm'] {
  return [...harm].sort((a, b) => b.weighted - a.weighted)
}

/** `canary answers class virginica 21 % of the time, stable 9 %: …; evidence 7.1 of 4.6; decided after 1,940 canary requests` */
export function explainFail(plan: GatePlan, { harm, reports, canaryRequests }: Harm, logE: number): string {
  const [leading, ...others] = byWeight(harm)
  const report = leading && reports[leading.name]
  const further = others.filter(({ name }) => reports[name]?.standing === 'harm').map(({ name }) => name)
  const proved = (name: SignalName) => leading?.name === name || further.includes(name)
  const disagreement = proved('shadow') ? reports.shadow : undefined
  return [
    report?.text ?? 'harm was proved',
    ...(further.length > 0 ? [`also ${list(further.map((name) => NAMES[name]))}`] : []),
    ...differenceReasons(disagreement),
    ...(proved('pairedErrors') ? hangReasons(reports.shadow) : []),
    ...sliceReasons(disagreement),
    ...noiseReasons(disagreement),
    `evidence ${formatEvidence(logE)} of ${formatEvidence(plan.needed)}`,
    ...(report !== undefined && report.phi > BURSTY ? [bursts(report.phi)] : []),
    canaryRequests > 0
      ? `decided after ${formatCount(canaryRequests)} canary requests`
      : 'decided before the canary had traffic',
  ].join('; ')
}

export function explainHistory(step: Step | null, { shadow }: SignalReports): string {
  if (step === null) return 'no evidence has come yet'
  const text = 'the canary has no traffic yet; what stable does now is the history it will be compared with'
  return [text, ...noiseReasons(shadow)].join('; ')
}

export function explainGuard({ harm, reports }: Harm, logE: number, needed: number): string {
  const leading = leadingSignal(harm)
  const report = leading && reports[leading]
  return [
    `no harm proved: evidence ${formatEvidence(logE)} of ${formatEvidence(needed)}`,
    ...(report === undefined ? [] : [report.text]),
    ...(leading === 'shadow' && logE > 0 ? [...differenceReasons(report), ...sliceReasons(report)] : []),
    ...(leading === 'pairedErrors' && logE > 0 ? hangReasons(reports.shadow) : []),
    ...noiseReasons(reports.shadow),
  ].join('; ')
}

/** What was proved, signal by signal. */
export function explainPass(plan: GatePlan, step: Step, reports: SignalReports): string {
  const proofs = SIGNAL_NAMES.filter((name) => reports[name]?.standing === 'cleared').map((name) =>
    proof(plan, name, reports),
  )
  const idle = SIGNAL_NAMES.filter((name) => reports[name]?.standing === 'notApplicable').map((name) => NAMES[name])
  const after =
    step.weight === 0
      ? `on ${formatCount(step.pairs)} pairs ${step.number === 0 ? 'before the canary had traffic' : 'without traffic'}`
      : `after ${formatCount(step.canaryRequests)} canary requests`
  const unjudged = idle.length === 0 ? '' : `; not judged at weight ${formatFigure(step.weight)}: ${list(idle)}`
  if (proofs.length === 0)
    return `only the soak and ${formatCount(step.canaryRequests)} canary requests were judged${unjudged}`
  return `proved ${after}: ${proofs.join('; ')}${unjudged}`
}

function proof(plan: GatePlan, name: SignalName, reports: SignalReports): string {
  const { signals } = plan
  const report = reports[name]!
  const seen = report.canary === null ? '' : `, seen ${formatPercent(report.canary)}`
  switch (name) {
    case 'errorRate': {
      const { tolerance, margin } = signals.errorRate!
      const stable = report.stable === null ? '' : ` v ${formatPercent(report.stable)}`
      return `errors below ${times(tolerance)} plus ${formatPercent(margin)}${seen}${stable}`
    }
    case 'errorRateMax':
      return `errors below ${formatPercent(report.limit)}${seen}`
    case 'latency': {
      const canary = report.canary === null ? '' : ` (${formatSeconds(report.canary)}`
      const stable = report.stable === null ? '' : ` v ${formatSeconds(report.stable)})`
      return `latency ${formatQuantile(signals.latency!.quantile)} in line with stable${canary}${stable}`
    }
    case 'latencyMax': {
      const { quantile, maxSeconds } = signals.latencyMax!
      return `${formatQuantile(quantile)} below ${formatSeconds(maxSeconds)}`
    }
    case 'predictionDrift': {
      const high = report.estimate === null ? '' : `, at most ${formatFigure(report.estimate.high)}`
      return `prediction drift below ${formatFigure(report.limit)}${high}`
    }
    case 'shadow':
      return `the models disagree on less than ${formatPercent(report.limit)} of inputs${seen}`
    case 'pairedErrors':
      return `fewer than ${formatPercent(report.limit)} more inputs fail on the canary alone`
  }
}

function times(tolerance: number): string {
  return tolerance === 1 ? "stable's" : `${formatFigure(tolerance)} times stable's`
}

/**
 * `needs about 1,900 more canary requests, 14 min at the present rate; open: error rate and latency`
 *
 * What cannot be proved at the present figures is said only when a step has had its least time and requests, because the
 * figures of its first requests say nothing.
 */
export function explainContinue(need: Need, reports: SignalReports): string {
  const early = need.soakLeftMs > 0 || need.requestsLeft > 0
  const idle = need.open.filter((name) => reports[name]?.standing === 'noData')
  const judged = need.open.filter((name) => reports[name]?.standing !== 'noData')
  const hopeless = early ? [] : judged.filter((name) => reports[name]?.missing === null)
  const open = judged.filter((name) => !hopeless.includes(name))
  const bursty = judged.find((name) => reports[name]!.phi > BURSTY)
  return [
    planned(need),
    open.length === 0 ? '' : `open: ${list(open.map((name) => NAMES[name]))}`,
    ...hopeless.map((name) => `${NAMES[name]} cannot be cleared at its present figures: ${reports[name]!.text}`),
    ...(hopeless.includes('shadow') ? [...differenceReasons(reports.shadow), ...sliceReasons(reports.shadow)] : []),
    ...(hopeless.includes('pairedErrors') ? hangReasons(reports.shadow) : []),
    ...(judged.includes('shadow') ? noiseReasons(reports.shadow) : []),
    idle.length === 0 ? '' : `no data in this step: ${list(idle.map((name) => NAMES[name]))}`,
    bursty === undefined ? '' : `${NAMES[bursty]}: ${bursts(reports[bursty]!.phi)}`,
  ]
    .filter((part) => part !== '')
    .join('; ')
}

function planned({ open, unit, missing, missingMs, soakLeftMs }: Need): string {
  const soak = soakLeftMs > 0 ? `the soak has ${formatDuration(soakLeftMs)} left` : ''
  if (missing === null) return open.length === 0 && soak !== '' ? `nothing is open; ${soak}` : soak
  const time = missingMs === null ? '' : `, ${formatWait(missingMs)} at the present rate`
  return `needs ${formatPlanned(missing)} more ${unit}${time}`
}

/** `deadline of 30 min passed undecided: …` */
export function explainDeadline(deadlineMs: number, need: Need, reports: SignalReports): string {
  return `the deadline of ${formatDuration(deadlineMs)} passed undecided: ${explainContinue(need, reports)}`
}

function bursts(dispersion: number): string {
  return `events come in bursts, so ${formatFigure(dispersion)} times as many requests are needed`
}

function list(names: readonly string[]): string {
  return names.length < 2 ? (names[0] ?? '') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)!}`
}
