import {
  addShadowDetail,
  noiseShare,
  openShadowDetail,
  sliceShares,
  type PairShare,
  type SliceShare,
  type Window,
} from '#decision'
import type { RehearsalRecord } from './record.ts'

/** What explains a disagreement. */
export interface ShadowBreakdown {
  /** How often stable contradicts itself; null where it was not asked twice. */
  readonly noise: PairShare | null
  /** Every slice, the worst first; none where they are not counted. */
  readonly slices: readonly SliceShare[]
}

/** Adds the windows up as the gate does, whether or not the policy judges disagreement. */
export function shadowBreakdown({ windows, looks }: Pick<RehearsalRecord, 'windows' | 'looks'>): ShadowBreakdown {
  const dispersion = looks.at(-1)?.verdict.signals.shadow?.phi ?? 1
  const detail = windows.reduce((sum, { shadow }) => addShadowDetail(sum, shadow), openShadowDetail())
  const all = { pairs: total(windows, 'pairs'), disagreements: total(windows, 'disagreements') }
  return { noise: noiseShare(detail, dispersion), slices: sliceShares(detail, all, dispersion) }
}

function total(windows: readonly Window[], name: 'pairs' | 'disagreements'): number {
  return windows.reduce((sum, { shadow }) => sum + (shadow?.[name] ?? 0), 0)
}
