import {
  decisionPolicySchema,
  formatEvidence,
  formatPlanned,
  look,
  openGate,
  planGate,
  type DecisionPolicy,
  type SignalName,
  type SignalReport,
} from '#decision'
import { parseInput } from '#faults'

/** What both models did with some inputs. */
export interface PairCounts {
  readonly pairs: number
  readonly disagreements: number
  readonly canaryOnlyErrors: number
  readonly stableOnlyErrors: number
}

export interface Judgement {
  readonly verdict: 'pass' | 'fail' | 'inconclusive'
  /** One sentence. */
  readonly reason: string
  readonly logE: number
  readonly needed: number
  readonly signals: Readonly<Partial<Record<SignalName, SignalReport>>>
}

/** Takes counts in the order of the file and judges them at its end. */
export interface Judge {
  add(counts: PairCounts): void
  conclude(): Judgement
}

/** A rollout looks about as often. More looks cost a little evidence each; fewer let one window decide too much. */
const WINDOWS = 50

const START_MS = Date.UTC(2000, 0, 1)
const LENGTH_MS = 3_600_000

/**
 * What decides offline: the policy's budgets and its shadow signal, or that signal's defaults. The other signals need traffic
 * and are left out; shares of the budget are scaled to what is left.
 */
export function offlinePolicy(policy?: DecisionPolicy): DecisionPolicy {
  const { falseAbort, falsePromote, signals } = policy ?? {}
  const step = { soak: `${LENGTH_MS}ms`, deadline: `${LENGTH_MS}ms`, minRequests: 0 }
  return parseInput(
    decisionPolicySchema,
    { falseAbort, falsePromote, signals: { shadow: signals?.shadow ?? {} }, step },
    'the policy for comparing',
  )
}

/**
 * Judges with the decision core: the file is a canary's step that lasts until its last line, cut into windows. Harm is proved
 * as soon as the evidence says so; that the models agree well enough is decided at the end only, from all pairs.
 *
 * An input on which only the canary fails counts as a disagreement where the policy does not judge paired errors.
 *
 * @param expected how many pairs there will be
 */
export function openJudge(policy: DecisionPolicy, expected: number): Judge {
  const plan = planGate(policy)
  const countErrors = policy.signals.shadow?.pairedErrors !== false
  const windowPairs = Math.max(1, Math.ceil(expected / WINDOWS))
  let state = openGate(plan)
  let windows = 0
  let open = NO_PAIRS

  function closeWindow(atMs: number) {
    const { pairs, disagreements, ...errors } = open
    open = NO_PAIRS
    windows += 1
    const answer = look(plan, state, {
      at: new Date(atMs).toISOString(),
      weight: 50,
      shadow: countErrors
        ? { pairs, disagreements, ...errors }
        : { pairs, disagreements: disagreements + errors.canaryOnlyErrors },
    })
    state = answer.state
    return answer.verdict
  }

  return {
    add(counts) {
      open = addCounts(open, counts)
      if (open.pairs >= windowPairs) closeWindow(START_MS + windows)
    },
    conclude() {
      if (windows === 0) closeWindow(START_MS)
      const { verdict, logE, needed, signals } = closeWindow(START_MS + LENGTH_MS)
      const decided = verdict === 'pass' || verdict === 'fail' ? verdict : 'inconclusive'
      return { verdict: decided, reason: reasonOf(decided, signals, logE, needed), logE, needed, signals }
    },
  }
}

const NO_PAIRS: PairCounts = { pairs: 0, disagreements: 0, canaryOnlyErrors: 0, stableOnlyErrors: 0 }

function addCounts(a: PairCounts, b: PairCounts): PairCounts {
  return {
    pairs: a.pairs + b.pairs,
    disagreements: a.disagreements + b.disagreements,
    canaryOnlyErrors: a.canaryOnlyErrors + b.canaryOnlyErrors,
    stableOnlyErrors: a.stableOnlyErrors + b.stableOnlyErrors,
  }
}

function reasonOf(verdict: Judgement['verdict'], signals: Judgement['signals'], logE: number, needed: number): string {
  const reports = Object.values(signals)
  switch (verdict) {
    case 'fail': {
      const texts = reports.filter(({ standing }) => standing === 'harm').map(({ text }) => text)
      return `${texts.join('; ')}; evidence ${formatEvidence(logE)} of ${formatEvidence(needed)}`
    }
    case 'pass':
      return `proved: ${reports
        .filter(({ standing }) => standing === 'cleared')
        .map(({ text }) => text)
        .join('; ')}`
    case 'inconclusive': {
      const undecided = reports.filter(({ standing }) => standing !== 'cleared' && standing !== 'notApplicable')
      return undecided.map(openReason).join('; ')
    }
  }
}

function openReason({ text, missing, promote, promoteNeeded, standing }: SignalReport): string {
  if (standing === 'noData') return text
  const evidence =
    promote === null ? '' : `, evidence for it ${formatEvidence(promote)} of ${formatEvidence(promoteNeeded)}`
  const more =
    missing === null ? 'more such requests would not prove it' : `${formatPlanned(missing)} more requests are needed`
  return `${text}: not proved${evidence}; ${more}`
}
