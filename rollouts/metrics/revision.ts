import {
  judge,
  look,
  openGate,
  type AwaitedStep,
  type GatePlan,
  type GateState,
  type Verdict,
  type Window,
} from '#decision'
import type { EvidenceNote, EvidenceSource } from '#evidence'
import { agreeUpTo, weightAt, type Course } from './course.ts'

/** What a look at a revision brings. */
export interface RevisionLook {
  readonly verdict: Verdict
  readonly notes: readonly EvidenceNote[]
  /** How often pods of the canary have been seen to begin anew since the rollout began. */
  readonly canaryRestarts: number
  /** Since when the source of evidence has not answered, milliseconds since 1970; null while it does. */
  readonly silentSinceMs: number | null
}

/** Opens the source of a revision's evidence; opened anew, it brings the same windows. */
export type OpenSource = (course: Course, weight: (atMs: number) => number) => EvidenceSource

/**
 * The one gate of a revision. Every analysis of the revision looks through it, gate and guard alike, so that the
 * false-abort budget is spent once. What it holds is a cache: it follows from the counters since the rollout began.
 */
export interface Revision {
  /**
   * Takes in what is new and judges.
   *
   * @throws {InputError} when waiting cannot help
   */
  look(question: Question): Promise<RevisionLook>
}

/** One analysis asking for a verdict. */
export interface Question {
  readonly plan: GatePlan
  readonly course: Course
  /** The step that the analysis is about. */
  readonly awaited: AwaitedStep
  readonly nowMs: number
  readonly signal: AbortSignal
}

interface Held {
  readonly plan: GatePlan
  /** The same without a deadline: windows cannot know since when a step is waited for, so only the verdict at a moment ends one. */
  readonly endless: GatePlan
  readonly course: Course
  readonly source: EvidenceSource
}

export function openRevision(openSource: OpenSource): Revision {
  let held: Held | undefined
  let state: GateState | undefined
  let canaryRestarts = 0
  let silentSinceMs: number | null = null
  let turn: Promise<unknown> = Promise.resolve()

  return {
    look: (question) => {
      // One look at a time: two would read the same windows twice.
      const mine = turn.then(() => lookNow(question))
      turn = mine.catch(() => undefined)
      return mine
    },
  }

  async function lookNow({ plan, course, awaited, nowMs, signal }: Question): Promise<RevisionLook> {
    const current = follow(plan, course)
    state ??= openGate(current.endless)
    const { windows, notes } = await current.source.collect(nowMs, signal)
    for (const window of windows) state = look(current.endless, state, asSeen(window, course, state)).state
    canaryRestarts += notes.filter((note) => isCanaryRestart(note, course)).length
    // A source that hangs until the look's time is up is as silent as one that says so.
    const silent = notes.some(({ kind }) => kind === 'unavailable') || (signal.aborted && windows.length === 0)
    silentSinceMs = silent ? (silentSinceMs ?? nowMs) : null
    // A step that has no window yet must neither pass on what the step before it has shown nor wait for ever.
    const verdict = judge(plan, state, nowMs, awaited)
    return { verdict, notes, canaryRestarts, silentSinceMs }
  }

  /** Goes on with what is held while it stays true, and otherwise reads everything again. */
  function follow(plan: GatePlan, course: Course): Held {
    const leading = held !== undefined && leads(held.plan, plan) ? held.plan : plan
    const atMs = state?.atMs ?? -Infinity
    if (held?.plan === leading && agreeUpTo(held.course, course, atMs)) {
      held = { ...held, course }
      return held
    }
    state = undefined
    canaryRestarts = 0
    const endless = { ...leading, step: { ...leading.step, deadline: Infinity } }
    held = { plan: leading, endless, course, source: openSource(course, (at) => weightAt(held?.course ?? course, at)) }
    return held
  }
}

/**
 * A window as the rollout has to see it. What the canary's pods did before its start belongs to an earlier attempt. And until
 * the canary has answered a request, what stable does is history: pods start before the first weight is set, and the course
 * cannot say when that was.
 */
function asSeen(window: Window, { fromMs }: Course, { canaryRequests }: GateState): Window {
  if (Date.parse(window.at) <= fromMs) {
    const { at, stable, aa } = window
    return { at, weight: 0, ...(stable && { stable }), ...(aa && { aa }) }
  }
  return canaryRequests + (window.canary?.requests ?? 0) > 0 ? window : { ...window, weight: 0 }
}

function isCanaryRestart({ kind, arm, atMs = 0 }: EvidenceNote, { fromMs }: Course): boolean {
  return kind === 'podRestarted' && arm === 'canary' && atMs > fromMs
}

/** A gate remembers what its steps have shown, a guard does not: once there is a gate, the windows are taken in by it. */
function leads(held: GatePlan, asking: GatePlan): boolean {
  if (asking.mode === 'guard') return true
  return held.mode === 'gate' && JSON.stringify(held.step) === JSON.stringify(asking.step)
}
