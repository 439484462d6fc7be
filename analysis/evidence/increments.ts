import { InputError } from '#decision'
import type { Snapshot } from './counter.ts'

/** How a scrape follows the one before of the same target. */
export type Continuity =
  /** Same process, nothing unusual. */
  | 'continued'
  /** The first scrape of a process that began after the source did: it counted from 0. */
  | 'new'
  /** The first scrape of a process that was there before: its counts so far belong to an earlier time. */
  | 'baseline'
  /** The process restarted: all of its counters began again at 0. */
  | 'restarted'
  /** Some counter is lower than before although the process goes on. */
  | 'reset'
  /** A counter that was there before is missing or NaN: the scrape is not used, the next one brings everything. */
  | 'incomplete'

export interface Increments {
  readonly continuity: Continuity
  /** By slot, whole and never negative; all 0 for `baseline` and `incomplete`. */
  readonly counts: readonly number[]
}

/** Process start times come as decimal fractions of a second; those of one process agree to well below this. */
const SAME_START_MS = 500

/**
 * What a target counted between two scrapes, series by series; sums over series are never subtracted, because a vanished
 * pod would make them negative.
 *
 * A counter that was not in the earlier scrape of the same process began at 0, since client libraries show a counter from
 * its first increment on. After a reset the present value is the increment: what was counted between the earlier scrape and
 * the reset is not knowable. A restart is known by the process' start time or, failing that, by the sum of all counters
 * going down; then *every* counter began again, also one that by now is higher than before.
 *
 * @param sinceMs start of the source, milliseconds since 1970: what a process counted before that is not evidence
 * @throws {InputError} for a value that cannot be a count, naming its series
 */
export function increments(previous: Snapshot | undefined, current: Snapshot, sinceMs: number): Increments {
  refuseUncountable(current)
  const { values } = current
  if (previous === undefined) {
    const isNew = current.startedAtMs !== undefined && current.startedAtMs >= sinceMs
    return isNew ? { continuity: 'new', counts: values.map(orZero) } : { continuity: 'baseline', counts: zeros(values) }
  }
  const fallen = fallenCounters(previous.values, values)
  if (hasRestarted(previous, current, fallen)) return { continuity: 'restarted', counts: values.map(orZero) }
  if (hasLostCounter(previous.values, values)) return { continuity: 'incomplete', counts: zeros(values) }
  return {
    continuity: fallen === 0 ? 'continued' : 'reset',
    counts: values.map((value, slot) => {
      const before = orZero(previous.values[slot] ?? 0)
      return Number.isNaN(value) ? 0 : value >= before ? value - before : value
    }),
  }
}

function refuseUncountable({ target, values }: Snapshot): void {
  const wrong = values.findIndex((value) => !Number.isNaN(value) && !(Number.isSafeInteger(value) && value >= 0))
  if (wrong < 0) return
  throw new InputError(`the metrics of pod ${target.pod}`, [
    {
      path: target.counters[wrong]?.name ?? '',
      text: `expected a counter with whole numbers from 0 to 2^53, received ${values[wrong] ?? 'nothing'}`,
    },
  ])
}

function hasLostCounter(before: readonly number[], now: readonly number[]): boolean {
  return before.some((value, slot) => !Number.isNaN(value) && Number.isNaN(now[slot] ?? Number.NaN))
}

function fallenCounters(before: readonly number[], now: readonly number[]): number {
  return now.reduce((fallen, value, slot) => (value < (before[slot] ?? 0) ? fallen + 1 : fallen), 0)
}

function hasRestarted(previous: Snapshot, current: Snapshot, fallen: number): boolean {
  if (previous.startedAtMs !== undefined && current.startedAtMs !== undefined) {
    if (Math.abs(current.startedAtMs - previous.startedAtMs) >= SAME_START_MS) return true
  }
  return fallen > 0 && sum(current.values) < sum(previous.values)
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + orZero(value), 0)
}

function orZero(value: number): number {
  return Number.isNaN(value) ? 0 : value
}

function zeros(values: readonly number[]): number[] {
  return values.map(() => 0)
}
