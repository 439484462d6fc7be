import { InputError } from '#faults'
import type { ArmName, Counter } from './counter.ts'
import { makeLayout, type TargetLayout } from './target-layout.ts'

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
  #layout: TargetLayout | undefined

  constructor(key: string, pod: string, arm: ArmName) {
    this.key = key
    this.pod = pod
    this.arm = arm
    this.counters = this.#counters
  }

  /** Its counters by what they count. */
  get layout(): TargetLayout {
    this.#layout ??= makeLayout(this.#counters)
    return this.#layout
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
    this.#layout = undefined
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
