import { seriesName, type ArmName } from './counter.ts'
import type { RawSeries } from './matrix.ts'
import { meaningOf, START_TIME_METRIC, type MetricProfile } from './profile.ts'
import { Target, type Snapshot } from './target.ts'
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

/**
 * Rows of the table whose columns are series. All series of a target have a sample at nearly every one of its scrapes, so
 * the row that follows the one before is tried first.
 */
function snapshotsOf({ target, counters, startTimes }: Gathered): Snapshot[] {
  const rows: { readonly atMs: number; readonly values: number[] }[] = []
  const rowAt = new Map<number, number>()
  for (const { slot, series } of counters) {
    let row = -1
    for (let index = 0; index < series.timesMs.length; index += 1) {
      row = rowFor(series.timesMs[index]!, row + 1)
      rows[row]!.values[slot] = series.values[index]!
    }
  }
  const startedAt = new Map(startTimes.flatMap(samplesOf))
  return rows.map(({ atMs, values }) => {
    const startedAtSeconds = startedAt.get(atMs)
    return { target, atMs, startedAtMs: startedAtSeconds && startedAtSeconds * 1_000, values }
  })

  function rowFor(atMs: number, guess: number): number {
    if (rows[guess]?.atMs === atMs) return guess
    const known = rowAt.get(atMs)
    if (known !== undefined) return known
    rowAt.set(atMs, rows.length)
    return rows.push({ atMs, values: new Array<number>(target.counters.length).fill(Number.NaN) }) - 1
  }
}

function samplesOf({ timesMs, values }: RawSeries): [number, number][] {
  return timesMs.map((atMs, index) => [atMs, values[index]!])
}
