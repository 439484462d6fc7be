import { InputError } from '#faults'
import { readBoundedText } from './bounded-text.ts'
import { seriesName, type ArmName, type Part } from './counter.ts'
import { parseExposition, type ExpositionSample } from './exposition.ts'
import { refuseMissingParts } from './missing-parts.ts'
import { meaningOf, START_TIME_METRIC, type MetricProfile } from './profile.ts'
import type { Collected, EvidenceNote, EvidenceSource, ScrapeTarget, WeightAt } from './source.ts'
import { refuseSameHash } from './two-arms.ts'
import { Target, type Snapshot } from './target.ts'
import { WindowBuilder } from './window-builder.ts'

/** A scrape larger than this is not a model server's. */
const MAX_BODY_BYTES = 8 * 1024 * 1024

export interface ScrapeSourceOptions {
  /** The pods to scrape now; asked before every scrape, because pods come and go. */
  readonly targets: () => readonly ScrapeTarget[]
  readonly profile: MetricProfile
  readonly stableHash: string
  readonly canaryHash: string
  readonly weightAt: WeightAt
  /** Time between two scrapes, milliseconds. */
  readonly intervalMs: number
  /** What processes counted before this moment, milliseconds since 1970, is not evidence. */
  readonly sinceMs: number
  /** Parts of the evidence that have to be there once there is traffic. */
  readonly needs?: ReadonlySet<Part>
  /** Time limit of one scrape, milliseconds; the interval when absent. */
  readonly timeoutMs?: number
  readonly fetch: typeof fetch
}

/**
 * Scrapes the pods itself: for rehearsals and for clusters without Prometheus. All pods are scraped at once, and their
 * counters carry the time at which the scrape began. A call of `collect` that comes sooner than half an interval after the
 * scrape before brings nothing; how often to call is the caller's business.
 */
export function scrapeSource(options: ScrapeSourceOptions): EvidenceSource {
  const { profile, stableHash, canaryHash, intervalMs } = options
  refuseSameHash(options)
  const timeoutMs = options.timeoutMs ?? intervalMs
  const builder = new WindowBuilder(options)
  const known = new Map<string, Target>()
  const wanted = new Set([START_TIME_METRIC, ...profile.families.map(({ metric }) => metric)])
  let scrapedMs = -Infinity

  return { collect }

  async function collect(nowMs: number, signal: AbortSignal): Promise<Collected> {
    if (nowMs - scrapedMs < intervalMs / 2) return { windows: [], notes: [] }
    scrapedMs = nowMs
    const answers = await Promise.all(options.targets().map((target) => scrape(target, nowMs, signal)))
    const failures = answers.filter((answer) => 'kind' in answer)
    for (const answer of answers) if ('target' in answer) builder.add(answer)
    const { windows, notes } = builder.advance(nowMs)
    refuseMissingParts(profile, options.needs, builder)
    return { windows, notes: [...failures, ...notes] }
  }

  async function scrape(address: ScrapeTarget, atMs: number, signal: AbortSignal): Promise<Snapshot | EvidenceNote> {
    const target = targetOf(address)
    try {
      const response = await options.fetch(address.url, {
        headers: { accept: 'text/plain;version=0.0.4' },
        redirect: 'error',
        signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
      })
      if (!response.ok) {
        await response.body?.cancel()
        return unavailable(address, `answered with status ${response.status}`)
      }
      const text = await readBoundedText(response, MAX_BODY_BYTES)
      const samples = parseExposition(text, `metrics of pod ${address.pod}`, (metric) => wanted.has(metric))
      return snapshotOf(target, atMs, samples)
    } catch (error) {
      if (error instanceof Error && error.name === 'TimeoutError') {
        return unavailable(address, `did not answer within ${timeoutMs} ms`)
      }
      return unavailable(address, `could not be scraped: ${reasonOf(error)}`)
    }
  }

  function snapshotOf(target: Target, atMs: number, samples: readonly ExpositionSample[]): Snapshot {
    const values: number[] = []
    let startedAtMs: number | undefined
    for (const { metric, labels, value } of samples) {
      if (metric === START_TIME_METRIC) startedAtMs = value * 1_000
      const meaning = meaningOf(profile, metric, labels)
      if (meaning === undefined) continue
      const slot = target.slotOf({ name: seriesName(metric, labels), meaning })
      while (values.length < slot) values.push(Number.NaN)
      values[slot] = value
    }
    return { target, atMs, startedAtMs, values }
  }

  function targetOf({ pod, podTemplateHash }: ScrapeTarget): Target {
    const arm = armOf(podTemplateHash)
    const key = `${arm} ${pod}`
    const target = known.get(key) ?? new Target(key, pod, arm)
    known.set(key, target)
    return target
  }

  function armOf(hash: string): ArmName {
    if (hash === canaryHash) return 'canary'
    if (hash === stableHash) return 'stable'
    throw new InputError('the pods to scrape', [
      { path: 'podTemplateHash', text: `expected "${stableHash}" or "${canaryHash}", received "${hash}"` },
    ])
  }
}

function unavailable({ pod }: ScrapeTarget, text: string): EvidenceNote {
  return { kind: 'unavailable', text: `pod ${pod} ${text}` }
}

/** `fetch` hides the reason, such as a refused connection, in the cause. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { cause } = error
  return cause instanceof Error && cause.message !== '' ? cause.message : error.message
}
