import { InputError } from '#faults'
import type { MetricProfile } from './profile.ts'
import type { PrometheusClient } from './prometheus-client.ts'
import { selector } from './promql.ts'
import type { EvidenceNote } from './source.ts'
import type { LabelNames } from './target-labels.ts'

export interface SilenceOptions {
  readonly client: PrometheusClient
  readonly profile: MetricProfile
  readonly labels: LabelNames
  readonly stableHash: string
  readonly scrapeIntervalMs: number
  /** Milliseconds since 1970. */
  readonly sinceMs: number
  readonly nowMs: number
}

/** Most values that a message shows. */
const MAX_SHOWN = 5

/**
 * Finds out why Prometheus has nothing on the stable pods, which served long before the rollout began: does any series have
 * the label, does one have this value, does the metric exist, does it carry the label?
 *
 * @returns a note where time may help: a Prometheus that has just started, a service that has had no request yet
 * @throws {InputError} where it cannot, naming the query and the label
 */
export async function diagnoseSilence(options: SilenceOptions, signal: AbortSignal): Promise<EvidenceNote> {
  const { client, profile, labels, stableHash, scrapeIntervalMs, sinceMs, nowMs } = options
  const seconds = Math.ceil((2 * scrapeIntervalMs) / 1_000)
  if (!(await client.hasSeries(`up offset ${seconds}s`, nowMs, signal))) {
    return { kind: 'unavailable', text: `Prometheus at ${client.address} has only just begun to scrape` }
  }
  const hashes = await client.labelValues(labels.hash, undefined, sinceMs, nowMs, signal)
  if (hashes.length === 0) {
    refuse(
      'labels.hash',
      `expected series with the label "${labels.hash}", received none; the label of the same name on the pods has to be ` +
        'copied when they are scraped (podTargetLabels of a PodMonitor or ServiceMonitor)',
    )
  }
  if (!hashes.includes(stableHash)) {
    refuse('stable', `expected series with ${labels.hash}="${stableHash}", received ${listOf(hashes)}`)
  }
  const metrics = [
    ...new Set(profile.families.filter(({ part }) => !part.startsWith('shadow')).map(({ metric }) => metric)),
  ]
  const query = selector(metrics, [])
  const labelled = await client.labelValues(labels.hash, query, sinceMs, nowMs, signal)
  if (labelled.includes(stableHash)) return noTraffic(query, options)
  if (labelled.length > 0) {
    refuse(
      'profile',
      `expected the pods with ${labels.hash}="${stableHash}" to show a metric of profile "${profile.name}", received none; ` +
        `query ${query} finds it with ${listOf(labelled)}`,
    )
  }
  if (await client.hasSeries(query, nowMs, signal)) {
    refuse(
      'labels.hash',
      `expected the label "${labels.hash}" on the series of query ${query}, received series without it`,
    )
  }
  return refuse(
    'profile',
    `expected a metric of profile "${profile.name}", received no series for query ${query}; a service that has had no ` +
      'request since it started shows its counters with the first',
  )

  function refuse(path: string, text: string): never {
    throw new InputError(`the metrics in Prometheus at ${client.address}`, [{ path, text }])
  }
}

function noTraffic(query: string, { stableHash }: SilenceOptions): EvidenceNote {
  return { kind: 'missingSeries', text: `query ${query} has had no sample of stable ${stableHash} yet` }
}

function listOf(values: readonly string[]): string {
  const shown = values.slice(0, MAX_SHOWN).map((value) => `"${value}"`)
  return values.length > MAX_SHOWN ? `${shown.join(', ')} and ${values.length - MAX_SHOWN} more` : shown.join(', ')
}
