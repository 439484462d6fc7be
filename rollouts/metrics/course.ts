import type { AwaitedStep } from '#decision'
import type { RunType } from './subject.ts'

/** One AnalysisRun of a revision, as the API server lists it. */
export interface RunFacts {
  readonly name: string
  readonly revision: string
  readonly type: RunType
  readonly stepIndex: number | null
  readonly createdMs: number
  readonly phase: string
}

/** From `fromMs` on the canary had this percentage of traffic. */
export interface WeightChange {
  readonly fromMs: number
  readonly weight: number
}

/** How a revision's rollout went so far. Made of what Kubernetes stores, so a restarted process finds the same one. */
export interface Course {
  /** Start of the rollout, milliseconds since 1970: evidence counts from here on. */
  readonly fromMs: number
  /** In the order of time; the first is the start. */
  readonly weights: readonly WeightChange[]
}

const OVER: ReadonlySet<string> = new Set(['Successful', 'Failed', 'Error', 'Inconclusive'])
const BAD: ReadonlySet<string> = new Set(['Failed', 'Error'])

/**
 * Follows the weights by the runs that judged them: a step's run is made right after its weight is set. A revision that
 * was aborted and is tried again begins anew, with a new budget; a step that a person resumed goes on.
 *
 * Nothing tells when the first weight is set, unless a run waits for it. The course names it from the start on, except while a
 * gate waits before it; who labels windows by it has to see whether the canary has requests yet.
 *
 * @param runs all runs of the canary's hash, in any order
 * @param setWeights for each canary step the weight it sets, null for other steps
 * @param current the run that asks; it is counted whether or not it is listed yet
 */
export function courseOf(runs: readonly RunFacts[], setWeights: readonly (number | null)[], current: RunFacts): Course {
  const ours = runs.filter(({ revision, name }) => revision === current.revision && name !== current.name)
  const ordered = [...ours, current].sort(
    (a, b) => a.createdMs - b.createdMs || order(a) - order(b) || compare(a.name, b.name),
  )
  const attempt = ordered.slice(startOfAttempt(ordered))
  const fromMs = attempt[0]?.createdMs ?? current.createdMs
  const weights: WeightChange[] = [{ fromMs, weight: firstWeight(setWeights) }]
  for (const run of attempt) {
    if (run.type !== 'step' || run.stepIndex === null) continue
    const weight = weightOfStep(setWeights, run.stepIndex)
    const last = weights.at(-1)
    if (last?.weight === weight) continue
    if (weight === 0 && weights.length === 1 && OVER.has(run.phase)) continue
    if (last?.fromMs === run.createdMs) weights.pop()
    weights.push({ fromMs: run.createdMs, weight })
  }
  return { fromMs, weights }
}

/**
 * The step that a run is about: an inline analysis is about its own, a run beside the steps about the present one. So is a
 * plugin step, whose course ends with it.
 */
export function awaitedStep(
  { weights, fromMs }: Course,
  setWeights: readonly (number | null)[],
  { type, stepIndex, createdMs }: Pick<RunFacts, 'type' | 'stepIndex' | 'createdMs'>,
): AwaitedStep {
  // A step that ended undecided and that a person resumed has a new run, and its deadline counts from there.
  if (type === 'step' && stepIndex !== null) return { weight: weightOfStep(setWeights, stepIndex), sinceMs: createdMs }
  const last = weights.at(-1)
  return { weight: last?.weight ?? 0, sinceMs: last?.fromMs ?? fromMs }
}

/** The canary's weight at a moment; 0 before the rollout's start. */
export function weightAt({ weights }: Course, atMs: number): number {
  return weights.findLast(({ fromMs }) => fromMs <= atMs)?.weight ?? 0
}

/** Whether windows up to a moment would be labelled alike by both. */
export function agreeUpTo(one: Course, other: Course, atMs: number): boolean {
  const before = ({ weights }: Course) => weights.filter(({ fromMs }) => fromMs <= atMs)
  return one.fromMs === other.fromMs && JSON.stringify(before(one)) === JSON.stringify(before(other))
}

/** Index of the first run of the newest attempt: the steps of another one began again. */
function startOfAttempt(ordered: readonly RunFacts[]): number {
  let start = 0
  let last: RunFacts | undefined
  let guard: RunFacts | undefined
  ordered.forEach((run, index) => {
    if (run.type === 'background') {
      // A guard that failed has aborted, and its gate was ended as if nothing had been wrong.
      if (guard !== undefined && BAD.has(guard.phase)) start = index
      guard = run
    }
    if (run.type !== 'step' || run.stepIndex === null) return
    if (last !== undefined && beginsAgain(last, run)) start = firstOfAttempt(ordered, index, last)
    last = run
  })
  return start
}

function beginsAgain(last: RunFacts, run: RunFacts): boolean {
  const [before, now] = [last.stepIndex ?? 0, run.stepIndex ?? 0]
  return now < before || (now === before && BAD.has(last.phase))
}

/** A background run that was made since the last attempt ended belongs to the new one. */
function firstOfAttempt(ordered: readonly RunFacts[], index: number, last: RunFacts): number {
  const since = ordered.findIndex((run, k) => k > ordered.indexOf(last) && k < index && run.type === 'background')
  return since === -1 ? index : since
}

function weightOfStep(setWeights: readonly (number | null)[], stepIndex: number): number {
  return setWeights.slice(0, stepIndex + 1).findLast((weight) => weight !== null) ?? 0
}

function firstWeight(setWeights: readonly (number | null)[]): number {
  return setWeights.find((weight) => weight !== null && weight > 0) ?? 100
}

function order({ type }: RunFacts): number {
  return type === 'background' ? 0 : 1
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
