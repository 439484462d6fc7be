import type { Verdict, VerdictKind } from '#decision'
import { EXIT } from '../command.ts'
import type { ArmRecord, Outcome, RehearsalRecord, ShadowRecord, StepRecord } from './record.ts'
import { shadowBreakdown, type ShadowBreakdown } from './shadow-breakdown.ts'

/** The answer of `modelgate rehearse --json`: one object, whatever the number of candidates. */
export interface RehearsalSummary {
  /** The worst of all candidates'. */
  readonly outcome: Outcome
  readonly rehearsals: readonly CandidateSummary[]
}

/** One candidate's rehearsal. Times in milliseconds since `startedAt`. */
export interface CandidateSummary {
  readonly rollout: string
  readonly candidate: string
  readonly outcome: Outcome
  readonly reason: string
  readonly startedAt: string
  readonly elapsedMs: number
  readonly arms: { readonly stable: ArmRecord; readonly canary: ArmRecord }
  readonly steps: readonly StepRecord[]
  /** The last verdict with all signals; null when nothing was looked at. */
  readonly verdict: Verdict | null
  /** How the evidence grew, one entry a window; the windows themselves come with `--evidence`. */
  readonly looks: readonly LookSummary[]
  /** Which answers differ on the same inputs, how and in which slices; null where nothing was compared. */
  readonly shadow: (ShadowRecord & ShadowBreakdown) | null
  readonly notes: readonly string[]
}

export interface LookSummary {
  readonly atMs: number
  readonly weight: number
  readonly verdict: VerdictKind
  readonly logE: number
}

/** Outcomes from best to worst: what is not proved is better than what is proved harmful. */
const ORDER: readonly Outcome[] = ['promoted', 'inconclusive', 'aborted']

const EXIT_CODE: Readonly<Record<Outcome, number>> = {
  promoted: EXIT.ok,
  inconclusive: EXIT.inconclusive,
  aborted: EXIT.aborted,
}

/** The worst outcome of several candidates; an unfinished one counts as inconclusive. */
export function worstOutcome(records: readonly RehearsalRecord[]): Outcome {
  const worst = Math.max(...records.map(({ outcome }) => ORDER.indexOf(outcome ?? 'inconclusive')))
  return ORDER[worst] ?? 'inconclusive'
}

/** 0 when every candidate was promoted, 1 when one was aborted, otherwise 3. */
export function exitCodeOf(records: readonly RehearsalRecord[]): number {
  return EXIT_CODE[worstOutcome(records)]
}

export function summarize(records: readonly RehearsalRecord[]): RehearsalSummary {
  return { outcome: worstOutcome(records), rehearsals: records.map(summarizeOne) }
}

function summarizeOne(record: RehearsalRecord): CandidateSummary {
  const { rollout, title, outcome, reason, startedAt, elapsedMs, stable, canary, steps, looks, shadow, notes } = record
  return {
    rollout,
    candidate: title,
    outcome: outcome ?? 'inconclusive',
    reason,
    startedAt,
    elapsedMs,
    arms: { stable, canary },
    steps,
    verdict: looks.at(-1)?.verdict ?? null,
    looks: looks.map(({ atMs, verdict }) => ({
      atMs,
      weight: verdict.weight,
      verdict: verdict.verdict,
      logE: verdict.logE,
    })),
    shadow: shadow === null ? null : { ...shadow, ...shadowBreakdown(record) },
    notes,
  }
}
