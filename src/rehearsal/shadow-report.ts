import { z } from 'zod'
import { EXAMPLES_PATH, type ComparatorReport } from '#runtime'
import type { ShadowRecord } from './record.ts'

const TIMEOUT_MS = 1_000
const MAX_BODY_BYTES = 4 * 1024 * 1024

const count = z.number().nonnegative()
const values = z.record(z.string(), z.array(z.unknown())).nullable()

/** What a pod of the candidate shows; it runs the model under test and is believed no more than any other input. */
const reportSchema = z.object({
  pairs: count,
  disagreements: count,
  canaryOnlyErrors: count,
  stableOnlyErrors: count,
  flips: z.array(z.object({ output: z.string(), stable: z.string(), canary: z.string(), count })),
  dropped: z.record(z.string(), count),
  examples: z.array(
    z.object({
      kind: z.enum(['flip', 'difference', 'canaryFailed', 'stableFailed']),
      at: z.string(),
      slice: z.string(),
      flip: z.object({ output: z.string(), stable: z.string(), canary: z.string() }).nullable(),
      reasons: z.array(z.string()),
      inputs: values,
      stable: values,
      canary: values,
    }),
  ),
})

/**
 * Reads what a pod has compared so far.
 *
 * @param origin of the pod
 * @returns undefined when it does not answer, which its other metrics tell as well
 */
export async function readShadowReport(origin: string, signal: AbortSignal): Promise<ShadowRecord | undefined> {
  try {
    const response = await fetch(`${origin}${EXAMPLES_PATH}`, {
      signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
    })
    const text = await response.text()
    if (!response.ok || text.length > MAX_BODY_BYTES) return undefined
    return reportSchema.parse(JSON.parse(text))
  } catch {
    return undefined
  }
}

/** Adds up the reports of several pods; null when there is none. */
export function addShadowReports(reports: readonly ShadowRecord[], maxExamples: number): ShadowRecord | null {
  if (reports.length === 0) return null
  const flips = new Map<string, ComparatorReport['flips'][number]>()
  const dropped: Record<string, number> = {}
  for (const report of reports) {
    for (const flip of report.flips) {
      const key = JSON.stringify([flip.output, flip.stable, flip.canary])
      flips.set(key, { ...flip, count: flip.count + (flips.get(key)?.count ?? 0) })
    }
    for (const [reason, examples] of Object.entries(report.dropped)) {
      dropped[reason] = (dropped[reason] ?? 0) + examples
    }
  }
  const sum = (name: 'pairs' | 'disagreements' | 'canaryOnlyErrors' | 'stableOnlyErrors') =>
    reports.reduce((total, report) => total + report[name], 0)
  return {
    pairs: sum('pairs'),
    disagreements: sum('disagreements'),
    canaryOnlyErrors: sum('canaryOnlyErrors'),
    stableOnlyErrors: sum('stableOnlyErrors'),
    flips: [...flips.values()].sort((a, b) => b.count - a.count),
    dropped,
    examples: reports.flatMap(({ examples }) => examples).slice(0, maxExamples),
  }
}

/** What was counted since a baseline; of a pod that is gone meanwhile less may be left, never less than nothing. */
export function withoutBaseline(report: ShadowRecord, baseline: ShadowRecord): ShadowRecord {
  const since = (now: number, before: number) => Math.max(0, now - before)
  const keyOf = ({ output, stable, canary }: ShadowRecord['flips'][number]) => JSON.stringify([output, stable, canary])
  const before = new Map(baseline.flips.map((flip) => [keyOf(flip), flip.count]))
  return {
    ...report,
    pairs: since(report.pairs, baseline.pairs),
    disagreements: since(report.disagreements, baseline.disagreements),
    canaryOnlyErrors: since(report.canaryOnlyErrors, baseline.canaryOnlyErrors),
    stableOnlyErrors: since(report.stableOnlyErrors, baseline.stableOnlyErrors),
    flips: report.flips
      .map((flip) => ({ ...flip, count: since(flip.count, before.get(keyOf(flip)) ?? 0) }))
      .filter(({ count }) => count > 0)
      .sort((a, b) => b.count - a.count),
  }
}
