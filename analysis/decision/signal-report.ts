import type { Budget } from './budget.ts'
import type { SignalReport, SignalStanding } from './verdict.ts'

/** What a signal says of itself; the rest of its report follows from it. */
export interface SignalFindings extends Omit<SignalReport, 'standing' | 'promoteNeeded' | 'share'> {
  readonly cleared: boolean
  /** Requests or pairs that were judged in this step. */
  readonly judged: number
}

/** What stands in the way of judging a signal in a step, whatever its data. */
export type Applicability = 'applicable' | 'notApplicable'

/** Fills a report in; the standing is decided here alone. */
export function reportSignal(
  budget: Budget,
  { cleared, judged, ...findings }: SignalFindings,
  applicability: Applicability,
): SignalReport {
  return {
    standing: standingOf(budget, findings.logE, cleared, judged, applicability),
    ...findings,
    missing: applicability === 'applicable' ? findings.missing : null,
    promoteNeeded: budget.clearAt,
    share: budget.share,
  }
}

function standingOf(
  budget: Budget,
  logE: number,
  cleared: boolean,
  judged: number,
  applicability: Applicability,
): SignalStanding {
  if (logE >= budget.harmAt) return 'harm'
  if (applicability === 'notApplicable') return 'notApplicable'
  if (judged === 0) return 'noData'
  return cleared ? 'cleared' : 'open'
}
