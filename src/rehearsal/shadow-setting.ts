import { setTimeout as sleep } from 'node:timers/promises'
import type { Policy } from '#evidence'
import type { RehearsalOptions } from './options.ts'
import { REQUEST_ID_HEADER } from './traffic/request-id.ts'
import type { ShadowRecord } from './record.ts'
import type { ArmSide } from './traffic/router-counts.ts'
import { addShadowReports, readShadowReport, withoutBaseline } from './shadow-report.ts'

/** More pairs than this a second show nothing sooner, and cost the candidate the processor that its users need. */
const MAX_PAIRS_PER_SECOND = 1_000
const MAX_EXAMPLES = 40

/** Longer than a request waits to be copied. */
const REST_MS = 200
const MAX_REST_MS = 3_000

/** How stable's requests are copied to the candidate. */
export interface ShadowSetting {
  /** Share of the requests, above 0 and up to 1. */
  readonly share: number
  readonly tolerances: NonNullable<Policy['signals']['shadow']>['tolerances']
  /** What names a slice, as `modelgate runtime` takes it; undefined for none. */
  readonly slice: string | undefined
  /** Share of the requests that stable answers twice, 0 to 1. */
  readonly noiseShare: number
}

type ShadowAsked = Pick<RehearsalOptions, 'shadowShare' | 'shadowSlice' | 'shadowNoise' | 'requestsPerSecond'>

/**
 * The setting of a rehearsal; null where nothing is copied. Unless the user asked for a share, as much is copied as one
 * machine should bear.
 */
export function shadowSetting(
  { shadowShare, shadowSlice: slice, shadowNoise: noiseShare, requestsPerSecond }: ShadowAsked,
  { signals: { shadow } }: Pick<Policy, 'signals'>,
): ShadowSetting | null {
  const share = shadowShare ?? Math.min(1, MAX_PAIRS_PER_SECOND / requestsPerSecond)
  return share === 0 ? null : { share, tolerances: shadow?.tolerances ?? {}, slice, noiseShare }
}

/**
 * Options of `modelgate runtime` for one side.
 *
 * @param to where stable sends copies
 */
export function shadowArguments(
  setting: ShadowSetting | null,
  side: ArmSide,
  podTemplateHash: string,
  to: string | undefined,
): string[] {
  if (setting === null || to === undefined) return []
  const { share, tolerances, slice, noiseShare } = setting
  // The same model on both sides is still two releases.
  const both = ['--shadow-identity', podTemplateHash, '--shadow-tolerances', JSON.stringify(tolerances)]
  if (side === 'canary') {
    const bySlice = slice === undefined ? [] : ['--shadow-slice', slice]
    return [...both, '--shadow-accept', '--shadow-examples', String(MAX_EXAMPLES), ...bySlice]
  }
  const sample = ['--shadow-share', String(share), '--shadow-id-header', REQUEST_ID_HEADER]
  return [...both, '--shadow-to', to, ...sample, '--shadow-noise', String(noiseShare)]
}

/** Follows what the candidate's pods compare. */
export interface ShadowWatch {
  /** Everything since the watch began; null when no pod answers. */
  read(): Promise<ShadowRecord | null>
}

/**
 * Begins to follow. What the pods compare of their warm-up does not count, so nobody may send requests until this settles: it waits
 * until the copies that are under way have arrived.
 */
export async function watchShadow(origins: readonly string[], signal: AbortSignal): Promise<ShadowWatch> {
  const readAll = async (): Promise<ShadowRecord | null> => {
    const reports = await Promise.all(origins.map((origin) => readShadowReport(origin, signal)))
    return addShadowReports(
      reports.flatMap((report) => report ?? []),
      MAX_EXAMPLES,
    )
  }
  const baseline = await atRest(readAll, signal)
  return {
    async read() {
      const report = await readAll()
      return report === null || baseline === null ? report : withoutBaseline(report, baseline)
    },
  }
}

/** The last of several reports that no longer changes, or the last there is time for. */
async function atRest(read: () => Promise<ShadowRecord | null>, signal: AbortSignal): Promise<ShadowRecord | null> {
  let report = await read()
  for (let waitedMs = 0; waitedMs < MAX_REST_MS; waitedMs += REST_MS) {
    await sleep(REST_MS, undefined, { signal })
    const next = await read()
    if (next === null || (next.pairs > 0 && next.pairs === report?.pairs)) return next
    report = next
  }
  return report
}
