import { InputError } from '#decision'

/** Labels of one series. A label that is absent and one that is empty are the same to Prometheus. */
export type Labels = Readonly<Record<string, string | undefined>>

/** A part of the evidence that a policy may need. `requests` always comes along. */
export type Part = 'requests' | 'errors' | 'latency' | 'predictions' | 'values' | 'shadow' | 'shadowErrors'

/** What the counter of one series counts. */
export type Meaning =
  /** Requests, those of one response code for example; `error` is undefined where the labels do not tell. */
  | { readonly kind: 'requests'; readonly error: boolean | undefined }
  /** Failed requests, where they have a counter of their own. */
  | { readonly kind: 'errors' }
  /**
   * Everything at or below `le`, as Prometheus histograms count: cumulative. Series of one histogram share `group`, the
   * labels beside `le`.
   */
  | { readonly kind: 'latency' | 'values'; readonly group: string; readonly le: number }
  | { readonly kind: 'predictions'; readonly output: string; readonly className: string }
  | { readonly kind: 'pairs' | 'disagreements' | 'canaryOnlyErrors' | 'stableOnlyErrors' }

/** One counter: what it is called where it came from, and what it counts. */
export interface Counter {
  /** Name and labels as in the text format, for messages: `requests_total{code="200"}`. */
  readonly name: string
  readonly meaning: Meaning
}

export type ArmName = 'canary' | 'stable'

/**
 * One process that counts: a pod, or one of a pod's containers. It knows every counter it has ever been seen to have, each
 * with a slot of its own, so that a scrape is an array of numbers.
 */
export class Target {
  /** Unique among targets. */
  readonly key: string
  /** Name for messages. */
  readonly pod: string
  readonly arm: ArmName
  readonly counters: readonly Counter[]
  readonly #counters: Counter[] = []
  readonly #slots = new Map<string, number>()

  constructor(key: string, pod: string, arm: ArmName) {
    this.key = key
    this.pod = pod
    this.arm = arm
    this.counters = this.#counters
  }

  /**
   * Slot of a counter, a new one for a counter that was not there before.
   *
   * @throws {InputError} when the target has more counters than any service needs
   */
  slotOf(counter: Counter): number {
    const known = this.#slots.get(counter.name)
    if (known !== undefined) return known
    if (this.#counters.length === MAX_COUNTERS) {
      throw new InputError(`the metrics of pod ${this.pod}`, [
        { path: counter.name, text: `expected at most ${MAX_COUNTERS} series that count, received more` },
      ])
    }
    this.#slots.set(counter.name, this.#counters.length)
    return this.#counters.push(counter) - 1
  }
}

/** Ten thousand series of one pod are a label that holds user names, not a set of classes. */
const MAX_COUNTERS = 10_000

/** What one scrape of one target read, all at the same moment. */
export interface Snapshot {
  readonly target: Target
  /** Time of the scrape, milliseconds since 1970. */
  readonly atMs: number
  /** When the process began to count, milliseconds since 1970; undefined where it does not say. */
  readonly startedAtMs: number | undefined
  /** Values by slot; NaN, or the end of the array, where the scrape did not bring the counter. */
  readonly values: readonly number[]
}

/** Name and labels as in the text format, labels in order: the identity of a series. */
export function seriesName(metric: string, labels: Labels): string {
  const pairs = Object.keys(labels)
    .filter((label) => labels[label] !== undefined && labels[label] !== '')
    .sort()
    .map((label) => `${label}=${JSON.stringify(labels[label])}`)
  return pairs.length === 0 ? metric : `${metric}{${pairs.join(',')}}`
}
