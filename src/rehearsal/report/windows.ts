import type { Arm, Histogram, Window } from '#decision'

/** Windows put together so that a chart or a table of them stays readable. */
export interface Period {
  /** Milliseconds since the rehearsal's start. */
  readonly fromMs: number
  readonly toMs: number
  readonly weight: number
  readonly canary: Totals
  readonly stable: Totals
}

/** Counts of one arm. A part is null where no window measured it. */
export interface Totals {
  readonly requests: number
  readonly errors: number | null
  readonly latency: Histogram | null
}

/** Puts neighbours of equal weight together until at most about `maxPeriods` are left; nothing is dropped. */
export function periodsOf(windows: readonly Window[], startedAt: string, maxPeriods: number): Period[] {
  const startMs = Date.parse(startedAt)
  const together = Math.max(1, Math.ceil(windows.length / maxPeriods))
  const groups: Window[][] = []
  for (const window of windows) {
    const last = groups.at(-1)
    if (last !== undefined && last.length < together && last[0]?.weight === window.weight) last.push(window)
    else groups.push([window])
  }
  const ends = groups.map((group) => Date.parse(group.at(-1)?.at ?? startedAt) - startMs)
  return groups.map((group, index) => {
    const toMs = ends[index] ?? 0
    // The first window has no predecessor; it is taken to be as long as the second.
    const fromMs = ends[index - 1] ?? Math.max(0, toMs - ((ends[1] ?? toMs) - toMs))
    return {
      fromMs,
      toMs,
      weight: group[0]?.weight ?? 0,
      canary: totalsOf(group.map(({ canary }) => canary)),
      stable: totalsOf(group.map(({ stable }) => stable)),
    }
  })
}

/** Sums of one arm over windows. */
export function totalsOf(arms: readonly (Arm | undefined)[]): Totals {
  return {
    requests: sum(arms.map((arm) => arm?.requests ?? 0)),
    errors: arms.some((arm) => arm?.errors !== undefined) ? sum(arms.map((arm) => arm?.errors ?? 0)) : null,
    latency: addHistograms(arms.flatMap((arm) => arm?.latency ?? [])),
  }
}

/** Adds histograms over the boundaries that all of them have; null when there are none. */
export function addHistograms(histograms: readonly Histogram[]): Histogram | null {
  const [first] = histograms
  if (first === undefined) return null
  const layouts = new Set(histograms.map(({ le }) => le))
  const le = first.le.filter((bound) => [...layouts].every((layout) => layout.includes(bound)))
  const counts = new Array<number>(le.length + 1).fill(0)
  for (const histogram of histograms) {
    histogram.counts.forEach((count, k) => {
      const bound = histogram.le[k] ?? Infinity
      const bucket = le.findIndex((end) => bound <= end)
      const place = bucket === -1 ? le.length : bucket
      counts[place] = (counts[place] ?? 0) + count
    })
  }
  return { le, counts }
}

/**
 * Quantile of a histogram, interpolated evenly within its bucket as Prometheus' `histogram_quantile` does; the highest bound
 * where it lies beyond all of them, null without counts.
 */
export function quantileOf({ le, counts }: Histogram, quantile: number): number | null {
  const total = sum(counts)
  if (total === 0) return null
  let below = 0
  for (const [k, count] of counts.entries()) {
    const to = le[k]
    if (to === undefined) break
    if (count > 0 && below + count >= quantile * total) {
      const from = k === 0 ? Math.min(0, to) : (le[k - 1] ?? 0)
      return from + ((quantile * total - below) / count) * (to - from)
    }
    below += count
  }
  return le.at(-1) ?? null
}

/** Counts per class over windows, most frequent first. */
export function addClasses(arms: readonly (Arm | undefined)[]): Map<string, number> {
  const classes = new Map<string, number>()
  for (const arm of arms) {
    for (const [name, count] of Object.entries(arm?.predictions ?? {})) {
      classes.set(name, (classes.get(name) ?? 0) + count)
    }
  }
  return new Map([...classes].sort((a, b) => b[1] - a[1]))
}

export function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
