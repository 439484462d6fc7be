import {
  formatDuration,
  judge,
  look,
  openGate,
  type AwaitedStep,
  type GatePlan,
  type GateState,
  type Verdict,
  type Window,
} from '#decision'
import { armFigures, NO_FIGURES } from './arm-figures.ts'
import type { PlannedStep } from './planned-step.ts'
import type { LookRecord, Outcome, RehearsalRecord, ShadowRecord } from './record.ts'
import type { ArmSide } from './traffic/router-counts.ts'
import { advance, beginWalk, declineWalk, endWalk, gateSinceMs, holdEndMs, type Walk } from './walk.ts'

/** Windows in which requests to a dead candidate fail; a gate that counts errors has decided long before. */
const WINDOWS_AFTER_DEATH = 10

/** After so many intervals without a window time alone decides. */
const SILENT_INTERVALS = 3

const MAX_NOTES = 40

/** One side of a rehearsal, for people. */
export interface ArmName {
  /** File name of the model without its folder. */
  readonly model: string
  readonly podTemplateHash: string
}

export interface CourseOptions {
  readonly rollout: string
  readonly title: string
  readonly stable: ArmName
  readonly canary: ArmName
  readonly plan: GatePlan
  readonly steps: readonly PlannedStep[]
  readonly latencyQuantile: number
  /** Time between two windows. */
  readonly intervalMs: number
  /** Milliseconds since 1970. */
  readonly startedMs: number
  readonly notes: readonly string[]
}

/**
 * The course of one candidate's rehearsal: windows and time go in, the present weight and the record come out. It starts
 * nothing and reads no clock; times are milliseconds since 1970.
 */
export class Course {
  readonly #options: CourseOptions
  readonly #notes: string[]
  #gate: GateState
  #walk: Walk | null = null
  #phase: 'starting' | 'history' = 'starting'
  #weights: readonly { readonly sinceMs: number; readonly weight: number }[] = []
  #windows: readonly Window[] = []
  #looks: readonly LookRecord[] = []
  #verdict: Verdict | null = null
  #dead: { readonly text: string; readonly windows: number } | null = null
  #reason: string | null = null
  #figures = { stable: NO_FIGURES, canary: NO_FIGURES }
  #shadow: ShadowRecord | null = null

  constructor(options: CourseOptions) {
    this.#options = options
    this.#notes = [...options.notes]
    this.#gate = openGate(options.plan)
  }

  get outcome(): Outcome | null {
    return this.#walk?.outcome ?? null
  }

  get phase(): RehearsalRecord['phase'] {
    if (this.#walk === null) return this.#phase
    return this.#walk.outcome === null ? 'steps' : 'finished'
  }

  /** Percentage of traffic to the candidate now. */
  get weight(): number {
    return this.#walk?.weight ?? 0
  }

  /** When the present step ends by itself, milliseconds since 1970; null when it waits for a verdict. */
  get holdEndMs(): number | null {
    const endMs = this.#walk === null ? null : holdEndMs(this.#walk)
    return endMs === null ? null : endMs + this.#options.startedMs
  }

  /** Percentage of traffic to the candidate at a moment; a change counts from just after the moment it was made. */
  weightAt(atMs: number): number {
    return this.#weights.findLast(({ sinceMs }) => sinceMs < atMs)?.weight ?? 0
  }

  /** Traffic flows, to stable alone. */
  beginHistory(): void {
    this.#phase = 'history'
  }

  /** Takes the first step. */
  beginSteps(nowMs: number): void {
    this.#go(beginWalk(this.#options.steps, this.#sinceStart(nowMs)), nowMs)
  }

  /** Looks at a window that has closed. */
  take(window: Window, nowMs: number): void {
    const { state, verdict: ofWindow } = look(this.#options.plan, this.#gate, window)
    this.#gate = state
    const awaited = this.#awaitedBeforeUsers()
    const verdict = awaited === undefined ? ofWindow : judge(this.#options.plan, state, Date.parse(window.at), awaited)
    this.#windows = [...this.#windows, window]
    this.#looks = [...this.#looks, { atMs: this.#sinceStart(Date.parse(window.at)), verdict }]
    const { latencyQuantile } = this.#options
    this.#figures = {
      stable: armFigures(this.#windows, 'stable', latencyQuantile),
      canary: armFigures(this.#windows, 'canary', latencyQuantile),
    }
    if (this.#dead !== null) this.#dead = { ...this.#dead, windows: this.#dead.windows + 1 }
    this.#decide(verdict, nowMs)
  }

  /**
   * Lets time pass: holds end and, when no window has come for a while, deadlines. While windows come only they decide, so
   * that the recorded evidence alone gives the same verdicts.
   */
  wait(nowMs: number): void {
    if (this.outcome !== null) return
    const newestMs = Date.parse(this.#windows.at(-1)?.at ?? '')
    if (nowMs - newestMs > SILENT_INTERVALS * this.#options.intervalMs) {
      this.#decide(judge(this.#options.plan, this.#gate, nowMs, this.#awaitedBeforeUsers()), nowMs)
    } else if (this.#walk !== null) {
      this.#go(advance(this.#walk, this.#sinceStart(nowMs), null), nowMs)
    }
    const { windows } = this.#dead ?? { windows: 0 }
    if (this.#dead !== null && (windows >= WINDOWS_AFTER_DEATH || this.weight === 0)) {
      this.#end('aborted', this.#dead.text, nowMs)
    }
  }

  /** What the candidate's pods have found out by comparing so far. */
  compare(shadow: ShadowRecord): void {
    this.#shadow = shadow
  }

  note(text: string): void {
    if (this.#notes.length < MAX_NOTES && !this.#notes.includes(text)) this.#notes.push(text)
  }

  /**
   * The last process of an arm is gone. A dead candidate gets a few more windows, so that the verdict has the numbers as well;
   * without stable there is nothing to compare with.
   *
   * @param text how it ended, one sentence
   */
  loseArm(arm: ArmSide, text: string, nowMs: number): void {
    if (this.outcome !== null) return
    this.note(text)
    if (arm === 'stable') this.#end('inconclusive', `${text}: there is nothing to compare with`, nowMs)
    else this.#dead ??= { text, windows: 0 }
  }

  /** No window has closed for long. */
  starve(forMs: number, nowMs: number): void {
    if (this.outcome !== null) return
    this.#end('inconclusive', `no evidence for ${formatDuration(forMs)}: the metrics cannot be read`, nowMs)
  }

  /** The candidate cannot even begin. */
  refuse(text: string, nowMs: number): void {
    this.#end('aborted', text, nowMs)
  }

  /** Everything that is known now. */
  record(nowMs: number): RehearsalRecord {
    const { rollout, title, stable, canary, startedMs, steps, latencyQuantile } = this.#options
    const walk = this.#walk
    return {
      rollout,
      title,
      stable: { ...stable, ...this.#figures.stable },
      canary: { ...canary, ...this.#figures.canary },
      weight: this.weight,
      phase: this.phase,
      startedAt: new Date(startedMs).toISOString(),
      elapsedMs: this.#sinceStart(nowMs),
      steps: walk?.steps ?? waitingSteps(steps),
      looks: this.#looks,
      windows: this.#windows,
      latencyQuantile,
      shadow: this.#shadow,
      notes: [...this.#notes],
      outcome: this.outcome,
      reason: this.#reason ?? this.#verdict?.reason ?? '',
    }
  }

  /** A gate at weight 0: its windows look like the history before the steps, so it has to be named. */
  #awaitedBeforeUsers(): AwaitedStep | undefined {
    const sinceMs = this.#walk === null || this.weight > 0 ? null : gateSinceMs(this.#walk)
    return sinceMs === null ? undefined : { weight: 0, sinceMs: sinceMs + this.#options.startedMs }
  }

  #decide(verdict: Verdict, nowMs: number): void {
    this.#verdict = verdict
    // Harm that shows in copies of stable's requests keeps the candidate from its first user.
    if (this.#walk === null && verdict.verdict === 'fail') this.#end('aborted', verdict.reason, nowMs)
    if (this.#walk === null || this.#walk.outcome !== null) return
    const decision = {
      verdict: verdict.verdict,
      weight: verdict.weight,
      atMs: this.#sinceStart(Date.parse(verdict.at)),
    }
    this.#go(advance(this.#walk, this.#sinceStart(nowMs), decision), nowMs)
  }

  #end(outcome: 'aborted' | 'inconclusive', reason: string, nowMs: number): void {
    this.#reason = reason
    const elapsedMs = this.#sinceStart(nowMs)
    const walk = this.#walk
    const ended =
      walk === null ? declineWalk(this.#options.steps, elapsedMs, outcome) : endWalk(walk, elapsedMs, outcome)
    this.#go(ended, nowMs)
  }

  #go(walk: Walk, nowMs: number): void {
    if (walk.weight !== this.weight) this.#weights = [...this.#weights, { sinceMs: nowMs, weight: walk.weight }]
    this.#walk = walk
    if (walk.outcome !== null) this.#reason ??= this.#finalReason(walk)
  }

  #finalReason({ outcome, gatesPassed }: Walk): string {
    const reason = this.#verdict?.reason ?? ''
    if (outcome === 'aborted' && this.#dead !== null) return `${this.#dead.text}; ${reason}`
    if (outcome !== 'promoted' || gatesPassed > 0) return reason
    return 'no step waited for a verdict: nothing was proved, only no harm was found in time'
  }

  #sinceStart(atMs: number): number {
    return atMs - this.#options.startedMs
  }
}

function waitingSteps(steps: readonly PlannedStep[]): RehearsalRecord['steps'] {
  return steps.map(({ index, title, weight }) => ({
    index,
    title,
    weight,
    state: 'waiting',
    startedMs: null,
    finishedMs: null,
  }))
}
