import { totalOf } from './counts.ts'
import type { Arm } from './window.ts'

/** Classes with a bucket of their own once the canary is judged, and while history is read. */
const MOST_CLASSES = 29
const MOST_REMEMBERED = 256

/**
 * Buckets of class counts. Place 0 holds every class without a bucket of its own: one that was first seen in this very
 * window (its bucket may only be opened for the next, or the partition would depend on the counts it is to judge), and all
 * beyond the 29 most frequent. Place k holds `labels[k - 1]`.
 */
export interface ClassPartition {
  readonly kind: 'classes'
  readonly labels: readonly string[]
  /** How many labels may have a bucket. */
  readonly room: number
}

export function openClasses(): ClassPartition {
  return { kind: 'classes', labels: [], room: MOST_REMEMBERED }
}

/** Counts per bucket of one window. */
export function classCounts(partition: ClassPartition, arm: Arm): number[] | null {
  const { predictions } = arm
  if (predictions === undefined) return null
  const counts = [0]
  let named = 0
  for (const label of partition.labels) {
    const count = Object.hasOwn(predictions, label) ? predictions[label]! : 0
    counts.push(count)
    named += count
  }
  let all = 0
  for (const label in predictions) all += predictions[label]!
  counts[0] = all - named
  return counts
}

/** The partition for the next window: classes first seen in this one get a bucket, in the order of their names. */
export function nameClasses(partition: ClassPartition, arms: readonly (Arm | undefined)[]): ClassPartition {
  const { labels, room } = partition
  if (labels.length >= room || arms.every((arm) => isNamed(partition, arm))) return partition
  const fresh = new Set<string>()
  const known = new Set(labels)
  for (const arm of arms) {
    for (const [label, count] of Object.entries(arm?.predictions ?? {})) {
      if (count > 0 && !known.has(label)) fresh.add(label)
    }
  }
  if (fresh.size === 0) return partition
  return { ...partition, labels: [...labels, ...[...fresh].sort()].slice(0, room) }
}

function isNamed(partition: ClassPartition, arm: Arm | undefined): boolean {
  return arm === undefined || (classCounts(partition, arm)?.[0] ?? 0) === 0
}

/** Keeps the most frequent classes of history; called once, before the first window is judged. @param counts per bucket */
export function limitClasses(
  partition: ClassPartition,
  counts: readonly number[],
): { partition: ClassPartition; places: readonly number[] } {
  const places = partition.labels
    .map((_, k) => k + 1)
    .sort((a, b) => counts[b]! - counts[a]!)
    .slice(0, MOST_CLASSES)
    .sort((a, b) => a - b)
  return {
    partition: { kind: 'classes', labels: places.map((place) => partition.labels[place - 1]!), room: MOST_CLASSES },
    places,
  }
}

/** Places in rising order for distances that need one: numbers by value, other names as text, the unnamed last. */
export function classOrder({ labels }: ClassPartition): number[] {
  const numeric = labels.every((label) => label.trim() !== '' && Number.isFinite(Number(label)))
  const before = (a: number, b: number) => {
    const [first, second] = [labels[a - 1]!, labels[b - 1]!]
    if (numeric) return Number(first) - Number(second)
    return first < second ? -1 : 1
  }
  return [...labels.map((_, k) => k + 1).sort(before), 0]
}

/** Moves the counts of places that are not kept to place 0. */
export function foldClasses(counts: readonly number[], places: readonly number[]): number[] {
  const kept = places.map((place) => counts[place] ?? 0)
  const all = totalOf(counts)
  return [Math.max(all - totalOf(kept), 0), ...kept]
}
