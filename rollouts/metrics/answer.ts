import { formatDuration, SIGNAL_NAMES, type SignalReport, type Verdict } from '#decision'
import type { Policy } from '#evidence'
import type { AnalysisPhase, Measurement } from '#plugin'
import { explainLook } from './explain-look.ts'
import type { RevisionLook } from './revision.ts'

/** An AnalysisRun keeps ten measurements and lives in etcd; a message is read in a terminal. */
const MAX_MESSAGE = 1_024
const MAX_METADATA_VALUE = 512

/** How a look becomes what the controller stores. */
export interface AnswerOptions {
  readonly policy: Policy
  /** A guard without an interval stays Running beside the rollout; with one, each measurement is Successful. */
  readonly lasting: boolean
  readonly nowMs: number
  readonly startedAt: Date
  /** When the rollout began, milliseconds since 1970. */
  readonly fromMs: number
}

/** The measurement for a look: phase, one sentence, a small value, every signal's numbers. */
export function answer(found: RevisionLook, options: AnswerOptions): Measurement {
  const { verdict } = found
  const outage = outageOf(found, options)
  const phase = outage?.phase ?? phaseOf(verdict, options)
  const finished = phase !== 'Running'
  return {
    phase,
    message: clip([outage?.text, explainLook(found)].filter((part) => part !== undefined).join('; '), MAX_MESSAGE),
    value: valueOf(verdict),
    metadata: metadataOf(found, options.fromMs),
    startedAt: options.startedAt,
    ...(finished ? { finishedAt: new Date(options.nowMs) } : { resumeAt: nextLook(options) }),
  }
}

/** The next scrape, in the whole seconds in which Kubernetes stores times. */
export function nextLook({ policy, nowMs }: Pick<AnswerOptions, 'policy' | 'nowMs'>): Date {
  return new Date(Math.ceil((nowMs + policy.scrapeInterval) / 1_000) * 1_000)
}

function phaseOf({ verdict }: Verdict, { policy, lasting }: AnswerOptions): AnalysisPhase {
  switch (verdict) {
    case 'fail':
      return 'Failed'
    case 'pass':
      return 'Successful'
    case 'inconclusive':
      return 'Inconclusive'
    case 'continue':
      return policy.mode === 'guard' && !lasting ? 'Successful' : 'Running'
  }
}

/** An outage of Prometheus is never a bad canary: it is waited out, and then a person decides. */
function outageOf(
  { silentSinceMs, verdict }: RevisionLook,
  { policy, nowMs }: AnswerOptions,
): { phase?: AnalysisPhase; text: string } | undefined {
  if (silentSinceMs === null || verdict.verdict === 'fail' || verdict.verdict === 'pass') return undefined
  const silentMs = nowMs - silentSinceMs
  const text = `no evidence from Prometheus for ${formatDuration(silentMs)}`
  if (silentMs < policy.outage.patience) {
    // Its deadline must not end a step while nothing can be measured.
    return verdict.verdict === 'inconclusive' ? { phase: 'Running', text } : { text }
  }
  return { phase: policy.outage.then === 'error' ? 'Error' : 'Inconclusive', text }
}

function valueOf({ verdict, weight, logE, needed, canaryRequests, missing }: Verdict): string {
  const round = (value: number) => Math.round(value * 1_000) / 1_000
  return JSON.stringify({
    verdict,
    weight: round(weight),
    logE: round(logE),
    needed: round(needed),
    canaryRequests,
    missing,
  })
}

function metadataOf({ verdict, notes }: RevisionLook, fromMs: number): Record<string, string> {
  const signals = SIGNAL_NAMES.flatMap((name): [string, string][] => {
    const report = verdict.signals[name]
    return report === undefined ? [] : [[name, clip(numbersOf(report), MAX_METADATA_VALUE)]]
  })
  const note = notes.at(-1)
  return {
    since: new Date(fromMs).toISOString(),
    ...Object.fromEntries(signals),
    ...(note === undefined ? {} : { note: clip(note.text, MAX_METADATA_VALUE) }),
  }
}

function numbersOf(report: SignalReport): string {
  const { standing, logE, promote, promoteNeeded, canary, stable, limit, phi, text, causes } = report
  const short = (value: number | null) => (value === null ? null : Number(value.toPrecision(4)))
  return JSON.stringify({
    standing,
    logE: short(logE),
    promote: short(promote),
    promoteNeeded: short(promoteNeeded),
    canary: short(canary),
    stable: short(stable),
    limit: short(limit),
    phi: short(phi),
    text: clip(text, 200),
    ...(causes && { causes }),
  })
}

function clip(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length - 1)}…` : text
}
