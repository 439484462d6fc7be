import { formatDuration } from '#decision'
import { formatClock, formatCount, formatEvidence, formatPlain } from '../../presentation/format-figures.ts'
import { describeComparison } from '../flip-words.ts'
import type { RehearsalRecord, StepRecord } from '../record.ts'
import { visibleText } from '../../presentation/text-cells.ts'

/** Flips that a line names. */
const MAX_FLIPS = 6

/**
 * What happened between two states of a rehearsal, as lines for a log: steps that began or ended, verdicts that changed, new
 * notes, and the end.
 *
 * @param before what was told last; undefined when nothing was told yet
 */
export function describeChanges(before: RehearsalRecord | undefined, record: RehearsalRecord): string[] {
  return [
    ...(before === undefined ? [introduction(record)] : []),
    ...record.steps.flatMap((step) => stepChange(before, step, record.steps.length)),
    ...record.notes.slice(before?.notes.length ?? 0).map((note) => `note: ${visibleText(note)}`),
    ...verdictChange(before, record),
    ...(record.phase === 'finished' && before?.phase !== 'finished' ? [...comparison(record), conclusion(record)] : []),
  ].map((text) => line(record, text))
}

/** How far the rehearsal has come, for a log that would otherwise be silent. */
export function describeProgress(record: RehearsalRecord): string {
  const verdict = record.looks.at(-1)?.verdict
  const requests = `${formatCount(record.stable.requests)} requests to stable, ${formatCount(record.canary.requests)} to the canary`
  if (verdict === undefined) return line(record, requests)
  const evidence = `evidence of harm ${formatEvidence(verdict.logE)} of ${formatEvidence(verdict.needed)}`
  return line(record, `${requests}; ${evidence}; ${visibleText(record.reason)}`)
}

function introduction({ rollout, stable, canary }: RehearsalRecord): string {
  return `rehearsal of ${visibleText(rollout)}: canary ${visibleText(canary.model)} against stable ${visibleText(stable.model)}`
}

function comparison({ shadow }: RehearsalRecord): string[] {
  if (shadow === null || shadow.pairs === 0) return []
  return [`same inputs: ${visibleText(describeComparison(shadow, MAX_FLIPS))}`]
}

function conclusion({ outcome, elapsedMs, reason }: RehearsalRecord): string {
  const after = `after ${formatDuration(elapsedMs)}`
  return outcome === null ? `stopped ${after}, before it was decided` : `${outcome} ${after}: ${visibleText(reason)}`
}

const ENDS: Readonly<Record<StepRecord['state'], string | null>> = {
  waiting: null,
  running: null,
  passed: 'passed',
  failed: 'failed',
  inconclusive: 'undecided',
  skipped: null,
}

function stepChange(before: RehearsalRecord | undefined, step: StepRecord, count: number): string[] {
  const was = before?.steps.find(({ index }) => index === step.index)?.state ?? 'waiting'
  if (was === step.state) return []
  const name = `step ${step.index + 1} of ${count}, ${visibleText(step.title)}`
  if (step.state === 'running') return [`${name}: began`]
  const end = ENDS[step.state]
  if (end === null) return []
  const tookMs = (step.finishedMs ?? 0) - (step.startedMs ?? 0)
  return [tookMs > 0 ? `${name}: ${end} after ${formatDuration(tookMs)}` : `${name}: ${end}`]
}

function verdictChange(before: RehearsalRecord | undefined, record: RehearsalRecord): string[] {
  const was = before?.looks.at(-1)?.verdict
  const is = record.looks.at(-1)?.verdict
  if (is === undefined || (was?.verdict === is.verdict && was.weight === is.weight)) return []
  return [`${is.verdict}: ${visibleText(is.reason)}`]
}

function line({ title, elapsedMs, weight }: RehearsalRecord, text: string): string {
  return `${visibleText(title)}  ${formatClock(elapsedMs)}  ${formatPlain(weight).padStart(3)} %  ${text}`
}
