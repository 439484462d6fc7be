import { type Arm, type ShadowCounts, type Window } from '#decision'
import { InputError } from '#faults'
import { addArm, type TargetCounts } from './arm-counts.ts'
import type { ArmName, Part } from './counter.ts'
import { increments, type Continuity } from './increments.ts'
import { START_TIME_METRIC } from './profile.ts'
import { addCauses, addNoise, addPairs, addSlices, type PairTotals } from './shadow-counts.ts'
import type { Collected, EvidenceNote, WeightAt } from './source.ts'
import type { Snapshot, Target } from './target.ts'

/** A target as it is followed from scrape to scrape. */
interface Followed {
  readonly target: Target
  previous: Snapshot
  /** Time between its scrapes: at least the configured one; a target may be scraped less often than that. */
  periodMs: number
  lastSeenMs: number
  /** Waited for before a window closes. */
  isLive: boolean
  /** Scrapes in a row that lacked a counter. */
  incompleteScrapes: number
  /** Rises when another process answers, falls slowly while the same one does. */
  processSwitches: number
  /** Counted since the last window closed; undefined before its first usable scrape since then. */
  counts: readonly number[] | undefined
}

export interface WindowBuilderOptions {
  /** Time between two scrapes of one pod, milliseconds. */
  readonly intervalMs: number
  /** What was counted before this moment, milliseconds since 1970, is not evidence. */
  readonly sinceMs: number
  readonly weightAt: WeightAt
}

/** After so many scrapes without it, a counter is taken to be gone for good and the rest of its target counts again. */
const MAX_INCOMPLETE_SCRAPES = 2

/** So many changes of the process that answers are no accident. */
const MAX_PROCESS_SWITCHES = 3
/** Per scrape from the same process as before. */
const SWITCHES_FORGIVEN = 0.25

/** A target that was not scraped for so many periods is no longer waited for. */
const LIVE_PERIODS = 2

/**
 * Makes windows of snapshots. A window closes with the scrape that brings the last of the live targets something new; when a
 * live target has not been scraped for two of its periods, the window closes without it, and what it counted meanwhile comes
 * with its next scrape. Only the scrapes' own times matter, never the moment at which they are handed over: the same
 * snapshots give the same windows, which is what lets a restarted process arrive at the same verdict.
 */
export class WindowBuilder {
  readonly #options: WindowBuilderOptions
  readonly #followed = new Map<Target, Followed>()
  readonly #measured = new Set<Part>()
  readonly #requests: Record<ArmName, number> = { canary: 0, stable: 0 }
  #queue: Snapshot[] = []
  #closedMs = -Infinity
  #surplus = { canary: 0, stable: 0, disagreements: 0, canaryOnlyErrors: 0, stableOnlyErrors: 0 }
  #windows: Window[] = []
  #notes: EvidenceNote[] = []

  constructor(options: WindowBuilderOptions) {
    this.#options = options
  }

  /** Parts of the evidence that some target has been seen to count. */
  get measured(): ReadonlySet<Part> {
    return this.#measured
  }

  /** Requests counted so far, by arm. */
  get requests(): Readonly<Record<ArmName, number>> {
    return this.#requests
  }

  /** Hands over a snapshot; the order does not matter as long as it comes before `advance` passes its time. */
  add(snapshot: Snapshot): void {
    this.#queue.push(snapshot)
  }

  /**
   * Closes the windows that can be closed once everything up to a moment has been handed over.
   *
   * @param toMs milliseconds since 1970
   * @throws {InputError} for counters that cannot be used at all
   */
  advance(toMs: number): Collected {
    const due = this.#queue.filter(({ atMs }) => atMs <= toMs).sort((a, b) => a.atMs - b.atMs)
    this.#queue = this.#queue.filter(({ atMs }) => atMs > toMs)
    let index = 0
    while (index < due.length) {
      const { atMs } = due[index]!
      this.#stopWaiting(atMs)
      for (; due[index]?.atMs === atMs; index += 1) this.#take(due[index]!)
      this.#closeIfComplete(atMs)
    }
    this.#stopWaiting(toMs)
    const collected = { windows: this.#windows, notes: this.#notes }
    this.#windows = []
    this.#notes = []
    return collected
  }

  #take(snapshot: Snapshot): void {
    const { target, atMs } = snapshot
    const followed = this.#followed.get(target)
    if (followed === undefined) {
      this.#follow(snapshot)
      return
    }
    if (atMs <= followed.lastSeenMs) return
    // Gaps only ever make the distance larger, so the smallest one seen is the period.
    const distanceMs = atMs - followed.lastSeenMs
    followed.periodMs = Math.max(this.#options.intervalMs, Math.min(followed.periodMs, distanceMs))
    followed.lastSeenMs = atMs
    followed.isLive = true
    const complete =
      followed.incompleteScrapes < MAX_INCOMPLETE_SCRAPES ? snapshot : withLostCounters(followed.previous, snapshot)
    const { continuity, counts } = increments(followed.previous, complete, this.#options.sinceMs)
    this.#note(continuity, snapshot)
    if (continuity === 'incomplete') {
      followed.incompleteScrapes += 1
      return
    }
    if (complete === snapshot) followed.incompleteScrapes = 0
    refuseSwitching(followed, continuity)
    followed.previous = complete
    this.#count(followed, counts)
  }

  #follow(snapshot: Snapshot): void {
    const { target, atMs } = snapshot
    const { continuity, counts } = increments(undefined, snapshot, this.#options.sinceMs)
    const followed: Followed = {
      target,
      previous: snapshot,
      periodMs: Infinity,
      lastSeenMs: atMs,
      isLive: true,
      incompleteScrapes: 0,
      processSwitches: 0,
      counts: undefined,
    }
    this.#followed.set(target, followed)
    this.#note(continuity, snapshot)
    if (continuity === 'new') this.#count(followed, counts)
  }

  #count(followed: Followed, counts: readonly number[]): void {
    const { target, counts: sofar } = followed
    followed.counts = sofar === undefined ? counts : addBySlot(sofar, counts)
    for (const part of target.layout.parts) this.#measured.add(part)
  }

  /** Gives up, in the order of their deadlines, on live targets that should have been scraped by now. */
  #stopWaiting(toMs: number): void {
    for (;;) {
      const late = this.#mostOverdue()
      if (late === undefined || this.#deadlineMs(late) >= toMs) return
      late.isLive = false
      const text = `pod ${late.target.pod} was not scraped for ${LIVE_PERIODS} intervals: windows close without it`
      this.#notes.push({ kind: 'podGone', text, arm: late.target.arm, atMs: this.#deadlineMs(late) })
      this.#closeIfComplete(this.#deadlineMs(late))
    }
  }

  #mostOverdue(): Followed | undefined {
    let first: Followed | undefined
    for (const followed of this.#followed.values()) {
      if (!isAwaited(followed)) continue
      if (first === undefined || this.#deadlineMs(followed) < this.#deadlineMs(first)) first = followed
    }
    return first
  }

  #deadlineMs({ lastSeenMs, periodMs }: Followed): number {
    return lastSeenMs + LIVE_PERIODS * (periodMs === Infinity ? this.#options.intervalMs : periodMs)
  }

  #closeIfComplete(atMs: number): void {
    if (atMs <= this.#closedMs || [...this.#followed.values()].some(isAwaited)) return
    const counted: TargetCounts[] = []
    for (const followed of this.#followed.values()) {
      if (followed.counts !== undefined) counted.push({ target: followed.target, counts: followed.counts })
      followed.counts = undefined
    }
    if (counted.length === 0) return
    this.#closedMs = atMs
    this.#windows.push(this.#window(atMs, counted))
  }

  #window(atMs: number, counted: readonly TargetCounts[]): Window {
    const weight = this.#options.weightAt(atMs)
    const canary = this.#arm('canary', counted)
    const stable = this.#arm('stable', counted)
    const shadow = this.#shadow(counted)
    const aa = weight === 0 ? pairOfEquals(counted, this.#measured) : undefined
    return {
      at: new Date(atMs).toISOString(),
      weight,
      ...(canary && { canary }),
      ...(stable && { stable }),
      ...(shadow && { shadow }),
      ...(aa && { aa }),
    }
  }

  #arm(name: ArmName, counted: readonly TargetCounts[]): Arm | undefined {
    const targets = counted.filter(({ target }) => target.arm === name)
    if (targets.length === 0) return undefined
    const arm = this.#capErrors(name, addArm(targets, this.#measured))
    this.#requests[name] += arm.requests
    return arm
  }

  /** Where errors have a counter of their own, a scrape may see a failed request there first; it counts one window later. */
  #capErrors(name: ArmName, arm: Arm): Arm {
    if (arm.errors === undefined) return arm
    const count = arm.errors + this.#surplus[name]
    const errors = Math.min(count, arm.requests)
    this.#surplus[name] = count - errors
    return { ...arm, errors }
  }

  /** Nothing is said of causes, a noise or slices that were not counted, so that windows of most services stay small. */
  #shadow(counted: readonly TargetCounts[]): ShadowCounts | undefined {
    const compared = this.#measured.has('shadow') ? this.#capPairs(addPairs(counted)) : undefined
    const causes = this.#measured.has('shadowCauses') ? addCauses(counted) : undefined
    const noise = this.#measured.has('shadowNoise') ? addNoise(counted) : undefined
    const slices = this.#measured.has('shadowSlices') ? addSlices(counted) : undefined
    if (compared === undefined && noise === undefined) return undefined
    return {
      ...(compared ?? { pairs: 0 }),
      ...(causes && { causes }),
      ...(noise && { noise }),
      ...(slices && { slices }),
    }
  }

  #capPairs(shadow: PairTotals): ShadowCounts {
    const { pairs } = shadow
    const upTo = (name: 'disagreements' | 'canaryOnlyErrors' | 'stableOnlyErrors', most: number) => {
      const count = shadow[name] + this.#surplus[name]
      const capped = Math.min(count, most)
      this.#surplus[name] = count - capped
      return capped
    }
    const disagreements = upTo('disagreements', pairs)
    const canaryOnlyErrors = upTo('canaryOnlyErrors', pairs)
    const stableOnlyErrors = upTo('stableOnlyErrors', pairs - canaryOnlyErrors)
    return this.#measured.has('shadowErrors')
      ? { pairs, disagreements, canaryOnlyErrors, stableOnlyErrors }
      : { pairs, disagreements }
  }

  #note(continuity: Continuity, { target: { pod, arm }, atMs }: Snapshot): void {
    const note = NOTES[continuity]
    if (note !== undefined) this.#notes.push({ kind: note.kind, text: `pod ${pod} ${note.text}`, arm, atMs })
  }
}

/** @throws {InputError} when a pod's answers keep coming from different processes */
function refuseSwitching(followed: Followed, continuity: Continuity): void {
  const change = continuity === 'otherProcess' ? 1 : -SWITCHES_FORGIVEN
  followed.processSwitches = Math.max(0, followed.processSwitches + change)
  if (followed.processSwitches < MAX_PROCESS_SWITCHES) return
  throw new InputError(`the metrics of pod ${followed.target.pod}`, [
    {
      path: START_TIME_METRIC,
      text:
        'expected one process, received several in turn: every worker has counters of its own; the client library has to ' +
        'add them up (PROMETHEUS_MULTIPROC_DIR in Python, AggregatorRegistry in Node)',
    },
  ])
}

const NOTES: Readonly<Record<Continuity, EvidenceNote | undefined>> = {
  continued: undefined,
  new: { kind: 'podNew', text: 'is new: it counts from 0' },
  baseline: undefined,
  restarted: { kind: 'podRestarted', text: 'restarted: its counters began again at 0' },
  otherProcess: { kind: 'counterReset', text: 'answered from another process than before: it counts from there on' },
  reset: { kind: 'counterReset', text: 'has a counter that began again although the process goes on' },
  incomplete: { kind: 'missingSeries', text: 'brought a scrape that lacks counters: it counts with the next one' },
}

/** Either may be shorter: a restarted process has not shown all of its counters yet. */
function addBySlot(a: readonly number[], b: readonly number[]): number[] {
  return Array.from({ length: Math.max(a.length, b.length) }, (_, slot) => (a[slot] ?? 0) + (b[slot] ?? 0))
}

/** Whether a window cannot close before this target has been scraped. */
function isAwaited({ isLive, counts }: Followed): boolean {
  return isLive && counts === undefined
}

/** A snapshot with the counters that it lacks as they were before, so that they count nothing. */
function withLostCounters(previous: Snapshot, snapshot: Snapshot): Snapshot {
  const length = Math.max(previous.values.length, snapshot.values.length)
  const values = Array.from({ length }, (_, slot) => {
    const value = snapshot.values[slot] ?? Number.NaN
    return Number.isNaN(value) ? (previous.values[slot] ?? Number.NaN) : value
  })
  return { ...snapshot, values }
}

/** One stable target in the canary's place beside the others; undefined with fewer than two. */
function pairOfEquals(counted: readonly TargetCounts[], measured: ReadonlySet<Part>): Window['aa'] {
  const [first, ...others] = counted
    .filter(({ target }) => target.arm === 'stable')
    .sort((a, b) => (a.target.key < b.target.key ? -1 : 1))
  if (first === undefined || others.length === 0) return undefined
  return { canary: atMostAllFailed(addArm([first], measured)), stable: atMostAllFailed(addArm(others, measured)) }
}

function atMostAllFailed(arm: Arm): Arm {
  return arm.errors === undefined ? arm : { ...arm, errors: Math.min(arm.errors, arm.requests) }
}
