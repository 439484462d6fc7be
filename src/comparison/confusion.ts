import type { NameClass } from '#runtime'

/** How often each label of stable met each label of the canary. */
export interface Confusion {
  /** The output that is the label, or whose highest score is. */
  readonly output: string
  /** In the order of their numbers where they have some, otherwise as texts. */
  readonly classes: readonly string[]
  /** `counts[s][c]`: inputs that stable calls class s and the canary class c. */
  readonly counts: readonly (readonly number[])[]
}

export interface ConfusionTally {
  add(stable: string, canary: string): void
  summarize(): Confusion
}

/** @param nameClass bounds the number of classes */
export function openConfusion(output: string, nameClass: NameClass): ConfusionTally {
  const counts = new Map<string, Map<string, number>>()
  const places = new Map<string, string>()

  function name(label: string): string {
    const named = nameClass(label)
    if (!places.has(named)) places.set(named, label)
    return named
  }

  return {
    add(stable, canary) {
      const row = counts.get(name(stable)) ?? new Map<string, number>()
      row.set(name(canary), (row.get(name(canary)) ?? 0) + 1)
      counts.set(name(stable), row)
    },
    summarize() {
      const classes = [...places]
        .sort(([, a], [, b]) => a.localeCompare(b, 'en', { numeric: true }))
        .map(([named]) => named)
      return {
        output,
        classes,
        counts: classes.map((stable) => classes.map((canary) => counts.get(stable)?.get(canary) ?? 0)),
      }
    },
  }
}

/** One way in which labels flipped. */
export interface FlipCount {
  readonly stable: string
  readonly canary: string
  readonly count: number
}

/** The flips, most frequent first. */
export function flipsOf({ classes, counts }: Confusion): FlipCount[] {
  return classes
    .flatMap((stable, s) => classes.map((canary, c) => ({ stable, canary, count: s === c ? 0 : counts[s]![c]! })))
    .filter(({ count }) => count > 0)
    .sort((a, b) => b.count - a.count)
}
