import { type Arm } from '#decision'
import { InputError } from '#faults'
import { addHistograms, isSoundHistogram, type CumulativeCounts } from './buckets.ts'
import type { Part } from './counter.ts'
import type { Target } from './target.ts'
import type { HistogramLayout, TargetLayout } from './target-layout.ts'

/** What one target counted in one window, by slot. */
export interface TargetCounts {
  readonly target: Target
  readonly counts: readonly number[]
}

/** Limits of a window's classes; a label beyond them is no class. */
const MAX_CLASSES = 4_096
const MAX_CLASS_NAME = 256

/**
 * Adds up what the targets of one arm counted.
 *
 * @param measured parts that some target has been seen to count: they are 0 where nothing was counted, others are absent
 * @throws {InputError} when targets cannot be added: no common bucket bound, several outputs, too many classes
 */
export function addArm(targets: readonly TargetCounts[], measured: ReadonlySet<Part>): Arm {
  const latency = addHistograms(
    histograms(targets, ({ latency: all }) => all),
    'latency buckets',
  )
  const values = addHistograms(
    histograms(targets, ({ values: all }) => all),
    'buckets of prediction values',
  )
  return {
    requests: addUp(targets, ({ requests }) => requests),
    ...(measured.has('errors') && { errors: addUp(targets, ({ errors }) => errors) }),
    ...(latency && { latency }),
    ...(measured.has('predictions') && { predictions: addPredictions(targets) }),
    ...(values && { values }),
  }
}

/** Adds up the counters in the slots that are asked for. */
export function addUp(targets: readonly TargetCounts[], slotsOf: (layout: TargetLayout) => readonly number[]): number {
  let total = 0
  for (const { target, counts } of targets) for (const slot of slotsOf(target.layout)) total += counts[slot] ?? 0
  return total
}

/** Every histogram of every target; those that a broken counter made unsound are left out. */
function histograms(
  targets: readonly TargetCounts[],
  layoutsOf: (layout: TargetLayout) => readonly HistogramLayout[],
): CumulativeCounts[] {
  return targets.flatMap(({ target, counts }) =>
    layoutsOf(target.layout)
      .map(({ le, slots }) => ({ le, counts: slots.map((slot) => counts[slot] ?? 0) }))
      .filter(isSoundHistogram),
  )
}

function addPredictions(targets: readonly TargetCounts[]): Record<string, number> {
  const classes = new Map<string, number>()
  for (const { target, counts } of targets) {
    for (const { slot, className } of target.layout.predictions) {
      classes.set(className, (classes.get(className) ?? 0) + (counts[slot] ?? 0))
    }
  }
  const outputs = new Set(targets.flatMap(({ target }) => target.layout.outputs))
  refuseFaults([...outputs], [...classes.keys()])
  return Object.fromEntries(classes)
}

function refuseFaults(outputs: readonly string[], classes: readonly string[]): void {
  const long = classes.find((name) => name.length > MAX_CLASS_NAME)
  const faults = [
    ...(outputs.length > 1
      ? [
          {
            path: 'output',
            text: `expected one output, received "${outputs.toSorted().join('", "')}": a request counts in each`,
          },
        ]
      : []),
    ...(classes.length > MAX_CLASSES
      ? [{ path: 'class', text: `expected at most ${MAX_CLASSES} classes, received ${classes.length}` }]
      : []),
    ...(long === undefined
      ? []
      : [{ path: 'class', text: `expected at most ${MAX_CLASS_NAME} characters, received "${long.slice(0, 40)}…"` }]),
  ]
  if (faults.length > 0) throw new InputError('predictions by class', faults)
}
