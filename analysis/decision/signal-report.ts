import type { Budget } from './budget.ts'
import type { SignalReport, SignalStanding } from './verdict.ts'

/** What a signal says of itself; the rest of its report follows from it. */
export interface SignalFindings extends Omit<
  SignalReport,
  'standing' | 'promoteNeeded' | 'share' | 'noise' | 'slices'
> {
  readonly cleared: boolean
  /** Requests or pairs that were judged in this step. */
  readonly judged: number
}

/** What stands in the way of judging a signal in a step, whatever its data. */
export type Applicability = 'applicable' | 'notApplicable'

/** Fills a report in; the standing is decided here alone. */
export function reportSignal(budget: Budget, findings: SignalFindings, applicability: Applicability): SignalReport {
  // Written out, because copying the rest of an object costs more than the statistics of a signal.
  return {
    standing: standingOf(budget, findings, applicability),
    logE: findings.logE,
    promote: findings.promote,
    promoteNeeded: budget.clearAt,
    share: budget.share,
    canary: findings.canary,
    stable: findings.stable,
    estimate: findings.estimate,
    limit: findings.limit,
    phi: findings.phi,
    missing: applicability === 'applicable' ? findings.missing : null,
    text: findings.text,
  }
}

function standingOf(
  budget: Budget,
  { logE, cleared, judged }: SignalFindings,
  applicability: Applicability,
): SignalStanding {
  if (logE >= budget.harmAt) return 'harm'
  if (applicability === 'notApplicable') return 'notApplicable'
  if (judged === 0) return 'noData'
  return cleared ? 'cleared' : 'open'
}
