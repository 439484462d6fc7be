import { seriesName, Target, type ArmName, type Snapshot } from './counter.ts'
import type { RawSeries } from './matrix.ts'
import { meaningOf, START_TIME_METRIC, type MetricProfile } from './profile.ts'
import { OneScraper, placeOf, splitLabels, targetLabelNames, type LabelNames, type Place } from './target-labels.ts'

export interface MatrixSnapshotsOptions {
  readonly profile: MetricProfile
  readonly labels: LabelNames
  /** Arm of each pod template hash. */
  readonly arms: ReadonlyMap<string, ArmName>
  /** A scraper that has been silent for so long, in milliseconds, may be replaced by another. */
  readonly silenceMs: number
}

/** The series of one target in one answer. */
interface Gathered {
  readonly place: Place
  readonly target: Target
  readonly counters: { readonly slot: number; readonly series: RawSeries }[]
  readonly startTimes: RawSeries[]
}

/**
 * Turns series, each with its samples over time, into snapshots, each with the samples of all series of one target at one
 * time. Prometheus stamps everything that one scrape brought with the same time.
 */
export class MatrixSnapshots {
  readonly #options: MatrixSnapshotsOptions
  readonly #targets = new Map<string, Target>()
  readonly #scrapers = new OneScraper()

  constructor(options: MatrixSnapshotsOptions) {
    this.#options = options
  }

  /** Whether some target of an arm has been seen to count anything. */
  hasSeen(arm: ArmName): boolean {
    return [...this.#targets.values()].some((target) => target.arm === arm && target.counters.length > 0)
  }

  /** @returns snapshots, oldest first */
  take(matrix: readonly RawSeries[]): Snapshot[] {
    const gathered = this.#gather(matrix)
    const places = new Map(gathered.map(({ target, place }) => [target, place]))
    return gathered
      .flatMap(snapshotsOf)
      .sort((a, b) => a.atMs - b.atMs)
      .filter(({ target, atMs }) =>
        this.#scrapers.admits(places.get(target)?.process ?? '', target, atMs, this.#options.silenceMs),
      )
  }

  #gather(matrix: readonly RawSeries[]): Gathered[] {
    const { labels: names, arms, profile } = this.#options
    const startTimes = matrix.filter(({ labels }) => labels['__name__'] === START_TIME_METRIC)
    const targetLabels = targetLabelNames(
      startTimes.map(({ labels }) => labels),
      names,
    )
    const gathered = new Map<string, Gathered>()
    for (const series of matrix) {
      const metric = series.labels['__name__'] ?? ''
      const { target: labels, own } = splitLabels(series.labels, targetLabels)
      const place = placeOf(labels, names, arms)
      if (place === undefined) continue
      const meaning = metric === START_TIME_METRIC ? undefined : meaningOf(profile, metric, own)
      if (meaning === undefined && metric !== START_TIME_METRIC) continue
      const { counters, startTimes: starts, target } = this.#gatheredAt(gathered, place)
      if (meaning === undefined) starts.push(series)
      else counters.push({ slot: target.slotOf({ name: seriesName(metric, own), meaning }), series })
    }
    return [...gathered.values()]
  }

  #gatheredAt(gathered: Map<string, Gathered>, place: Place): Gathered {
    const known = gathered.get(place.key)
    if (known !== undefined) return known
    const target = this.#targets.get(place.key) ?? new Target(place.key, place.pod, place.arm)
    this.#targets.set(place.key, target)
    const fresh: Gathered = { place, target, counters: [], startTimes: [] }
    gathered.set(place.key, fresh)
    return fresh
  }
}

function snapshotsOf({ target, counters, startTimes }: Gathered): Snapshot[] {
  const rows = new Map<number, number[]>()
  const slots = target.counters.length
  for (const { slot, series } of counters) {
    series.timesMs.forEach((atMs, index) => {
      let row = rows.get(atMs)
      if (row === undefined) rows.set(atMs, (row = new Array<number>(slots).fill(Number.NaN)))
      row[slot] = series.values[index]!
    })
  }
  const startedAt = new Map(
    startTimes.flatMap(({ timesMs, values }) => timesMs.map((atMs, index) => [atMs, values[index]! * 1_000] as const)),
  )
  return [...rows].map(([atMs, values]) => ({ target, atMs, startedAtMs: startedAt.get(atMs), values }))
}
