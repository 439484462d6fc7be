import { InputError } from '#faults'
import type { ArmName, Part } from './counter.ts'
import { diagnoseSilence } from './diagnosis.ts'
import { MatrixSnapshots } from './matrix-snapshots.ts'
import { refuseMissingParts } from './missing-parts.ts'
import { START_TIME_METRIC, type MetricProfile } from './profile.ts'
import type { PrometheusClient } from './prometheus-client.ts'
import { PrometheusFault } from './prometheus-fault.ts'
import { rawSamples, selector } from './promql.ts'
import type { Collected, EvidenceNote, EvidenceSource, WeightAt } from './source.ts'
import type { LabelNames } from './target-labels.ts'
import { refuseSameHash } from './two-arms.ts'
import { WindowBuilder } from './window-builder.ts'

export interface PrometheusSourceOptions {
  readonly client: PrometheusClient
  readonly profile: MetricProfile
  readonly labels: LabelNames
  readonly stableHash: string
  readonly canaryHash: string
  /** Namespace of the pods; all namespaces when absent. */
  readonly namespace?: string
  /** Start of the rollout, milliseconds since 1970. */
  readonly fromMs: number
  /** How much of stable's history before that is read, milliseconds: half an hour shows shapes, one to three dispersion. */
  readonly historyMs?: number
  /** Asked for times from the rollout's start on; the history is at weight 0. */
  readonly weightAt: WeightAt
  /** Time between two scrapes of one pod, milliseconds; pods that are scraped less often are noticed. */
  readonly scrapeIntervalMs: number
  /** Longest range of one query, milliseconds; it shrinks by itself where answers are too large. */
  readonly maxRangeMs?: number
  /** Parts of the evidence that have to be there once there is traffic. */
  readonly needs?: ReadonlySet<Part>
}

const DEFAULT_HISTORY_MS = 3_600_000

/** Twenty pods with thirty series each, scraped every 15 seconds, bring 4 MB in this time; 15 MB where all count 50 slices. */
const DEFAULT_MAX_RANGE_MS = 3_600_000
const MIN_RANGE_MS = 10_000

/** A scrape's samples become visible some time after the time they carry; what is younger than this is left for later. */
const MAX_SETTLING_MS = 1_000

/** After a shorter silence of one scraper another one does not take its place: it may only be scraping rarely. */
const MIN_SILENCE_MS = 120_000

const MAX_BACKOFF_MS = 30_000
/** Time between two looks for the reason of an empty answer. */
const DIAGNOSIS_INTERVAL_MS = 60_000

/**
 * Reads raw counters from Prometheus, from some time before the rollout on. A source made anew with the same options reads
 * the same samples and brings the same windows, so nothing has to be kept when a process restarts.
 */
export function prometheusSource(options: PrometheusSourceOptions): EvidenceSource {
  const { client, profile, labels, fromMs, scrapeIntervalMs } = options
  refuseSameHash(options)
  const sinceMs = fromMs - (options.historyMs ?? DEFAULT_HISTORY_MS)
  const settlingMs = Math.min(MAX_SETTLING_MS, scrapeIntervalMs / 4)
  const series = seriesSelector(options)
  const snapshots = new MatrixSnapshots({
    profile,
    labels,
    arms: new Map<string, ArmName>([
      [options.stableHash, 'stable'],
      [options.canaryHash, 'canary'],
    ]),
    silenceMs: Math.max(MIN_SILENCE_MS, 4 * scrapeIntervalMs),
  })
  const builder = new WindowBuilder({
    intervalMs: scrapeIntervalMs,
    sinceMs,
    weightAt: (atMs) => (atMs < fromMs ? 0 : options.weightAt(atMs)),
  })
  let readToMs = sinceMs
  let rangeMs = options.maxRangeMs ?? DEFAULT_MAX_RANGE_MS
  let hasAnswered = false
  let failures = 0
  let retryAtMs = -Infinity
  let diagnoseAtMs = -Infinity

  return { collect }

  async function collect(nowMs: number, signal: AbortSignal): Promise<Collected> {
    const windows: Collected['windows'][number][] = []
    const notes: EvidenceNote[] = []
    if (nowMs < retryAtMs) {
      return { windows, notes: [unavailable(`waiting ${retryAtMs - nowMs} ms before Prometheus is asked again`)] }
    }
    try {
      const toMs = Math.floor(nowMs - settlingMs)
      while (readToMs < toMs) {
        const collected = await readOn(toMs, signal)
        windows.push(...collected.windows)
        notes.push(...collected.notes)
      }
      refuseMissingParts(profile, options.needs, builder)
      // A source that has just begun has not seen a scrape of every pod yet.
      const hasBegun = readToMs - sinceMs > 2 * scrapeIntervalMs
      if (hasBegun && nowMs >= diagnoseAtMs) notes.push(...(await diagnose(nowMs, signal)))
      failures = 0
    } catch (error) {
      if (signal.aborted) return { windows, notes }
      if (!(error instanceof PrometheusFault)) throw error
      notes.push(noteOf(error, nowMs))
    }
    return { windows, notes }
  }

  /** Reads the next range, or a shorter one after an answer that was too large. */
  async function readOn(toMs: number, signal: AbortSignal): Promise<Collected> {
    // What a slow scrape or a remote write brings late is still found; samples that are known are read over.
    const overlapMs = Math.min(2 * scrapeIntervalMs, readToMs - sinceMs)
    const endMs = Math.min(toMs, readToMs + rangeMs)
    try {
      const matrix = await client.rawSeries(rawSamples(series, endMs - readToMs + overlapMs), endMs, signal)
      hasAnswered = true
      for (const snapshot of snapshots.take(matrix)) builder.add(snapshot)
    } catch (error) {
      if (!(error instanceof PrometheusFault && error.kind === 'tooMuch' && rangeMs > MIN_RANGE_MS)) throw error
      rangeMs = Math.max(MIN_RANGE_MS, rangeMs / 4)
      return { windows: [], notes: [] }
    }
    readToMs = endMs
    return builder.advance(endMs)
  }

  async function diagnose(nowMs: number, signal: AbortSignal): Promise<EvidenceNote[]> {
    diagnoseAtMs = nowMs + DIAGNOSIS_INTERVAL_MS
    if (!snapshots.hasSeen('stable')) {
      return [await diagnoseSilence({ ...options, nowMs, sinceMs }, signal)]
    }
    if (snapshots.hasSeen('canary') || options.weightAt(nowMs) === 0 || nowMs < fromMs) return []
    const expected = `${labels.hash}="${options.canaryHash}"`
    return [
      { kind: 'missingSeries', text: `no pod with ${expected} has shown a metric of profile ${profile.name} yet` },
    ]
  }

  function noteOf(fault: PrometheusFault, nowMs: number): EvidenceNote {
    // Once it has answered, a refusal is more likely a proxy in front of a restarting Prometheus than a wrong setting.
    if (fault.kind === 'refused' && !hasAnswered) {
      throw new InputError('Prometheus', [{ path: 'prometheus', text: fault.message }], { cause: fault })
    }
    retryAtMs = nowMs + Math.min(MAX_BACKOFF_MS, 500 * 2 ** Math.min(failures, 10))
    failures += 1
    return unavailable(fault.message)
  }
}

function seriesSelector({ profile, labels, stableHash, canaryHash, namespace }: PrometheusSourceOptions): string {
  const metrics = [...new Set([START_TIME_METRIC, ...profile.families.map(({ metric }) => metric)])]
  return selector(metrics, [
    { label: labels.hash, oneOf: [stableHash, canaryHash] },
    ...(namespace === undefined ? [] : [{ label: labels.namespace, oneOf: [namespace] }]),
  ])
}

function unavailable(text: string): EvidenceNote {
  return { kind: 'unavailable', text }
}
