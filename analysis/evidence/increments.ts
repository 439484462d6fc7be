import { InputError } from '#faults'
import type { Snapshot } from './target.ts'

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
  /** Another process answers under the same address: its counts so far say nothing about those seen before. */
  | 'otherProcess'
  /** Some counter is lower than before although the process goes on. */
  | 'reset'
  /** A counter that was there before is missing or NaN: the scrape is not used, the next one brings everything. */
  | 'incomplete'

export interface Increments {
  readonly continuity: Continuity
  /** By slot, whole and never negative; all 0 for `baseline`, `otherProcess` and `incomplete`. */
  readonly counts: readonly number[]
}

/** Start times of one process agree to this when nothing is rounded. */
const SAME_START_MS = 5

/** Clients that add the machine's boot time anew each time see it jump by whole seconds when the clock is adjusted. */
const MAX_BOOT_TIME_JUMP_MS = 2_000

/** By how much the clocks of a pod and of the scraper may differ before a restart looks like a second process. */
const MAX_CLOCK_DIFFERENCE_MS = 5_000

/**
 * What a target counted between two scrapes, series by series; sums over series are never subtracted, because a vanished
 * pod would make them negative.
 *
 * A counter that was not in the earlier scrape of the same process began at 0, since client libraries show a counter from
 * its first increment on. After a reset the present value is the increment: what was counted between the earlier scrape and
 * the reset is not knowable. A restart is known by a start time after the earlier scrape or, failing that, by the sum of all
 * counters going down; then *every* counter began again, also one that by now is higher than before. Another start time
 * that is older than the earlier scrape belongs to another process, one of several workers behind one address.
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
  const change = compare(previous.values, values)
  const process = processOf(previous, current)
  if (process === 'other') return { continuity: 'otherProcess', counts: zeros(values) }
  if (process === 'restarted' || (change.fallen > 0 && change.total < 0)) {
    return { continuity: 'restarted', counts: values.map(orZero) }
  }
  if (change.lost > 0) return { continuity: 'incomplete', counts: zeros(values) }
  return { continuity: change.fallen > 0 ? 'reset' : 'continued', counts: countsBetween(previous.values, values) }
}

function refuseUncountable({ target, values }: Snapshot): void {
  const wrong = values.findIndex((value) => !(Number.isSafeInteger(value) && value >= 0) && !Number.isNaN(value))
  if (wrong < 0) return
  throw new InputError(`the metrics of pod ${target.pod}`, [
    {
      path: target.counters[wrong]?.name ?? '',
      text: `expected a counter with whole numbers from 0 to 2^53, received ${values[wrong] ?? 'nothing'}`,
    },
  ])
}

/** How many counters fell and how many are missing, and by how much the sum of all changed. */
function compare(before: readonly number[], now: readonly number[]): { fallen: number; lost: number; total: number } {
  const change = { fallen: 0, lost: 0, total: 0 }
  for (let slot = 0; slot < Math.max(before.length, now.length); slot += 1) {
    const earlier = before[slot] ?? Number.NaN
    const later = now[slot] ?? Number.NaN
    if (Number.isNaN(later)) {
      if (!Number.isNaN(earlier)) change.lost += 1
      change.total -= orZero(earlier)
    } else {
      if (later < earlier) change.fallen += 1
      change.total += later - orZero(earlier)
    }
  }
  return change
}

/** Which process answered, as far as start times tell. */
function processOf(previous: Snapshot, current: Snapshot): 'same' | 'restarted' | 'other' {
  if (previous.startedAtMs === undefined || current.startedAtMs === undefined) return 'same'
  const differenceMs = Math.abs(current.startedAtMs - previous.startedAtMs)
  const wholeSecondsMs = Math.round(differenceMs / 1_000) * 1_000
  if (differenceMs <= SAME_START_MS) return 'same'
  if (differenceMs <= MAX_BOOT_TIME_JUMP_MS && Math.abs(differenceMs - wholeSecondsMs) <= SAME_START_MS) return 'same'
  return current.startedAtMs >= previous.atMs - MAX_CLOCK_DIFFERENCE_MS ? 'restarted' : 'other'
}

function countsBetween(before: readonly number[], now: readonly number[]): number[] {
  return now.map((later, slot) => {
    const earlier = orZero(before[slot] ?? 0)
    return later >= earlier ? later - earlier : orZero(later)
  })
}

function orZero(value: number): number {
  return Number.isNaN(value) ? 0 : value
}

function zeros(values: readonly number[]): number[] {
  return values.map(() => 0)
}
