import type { Window } from '#decision'
import type { ArmRecord } from './record.ts'
import { quantileOf, totalsOf } from './report/windows.ts'
import type { ArmSide } from './traffic/router-counts.ts'

/** Windows over which the present rate and latency are taken. */
const RECENT_WINDOWS = 10

/** What an arm has done, without its names. */
export type ArmFigures = Omit<ArmRecord, 'model' | 'podTemplateHash'>

export const NO_FIGURES: ArmFigures = { requests: 0, errors: 0, requestsPerSecond: 0, latencySeconds: null }

/** Totals over all windows, rate and latency over the newest ten. The first window only marks where time begins. */
export function armFigures(windows: readonly Window[], side: ArmSide, latencyQuantile: number): ArmFigures {
  const total = totalsOf(windows.map((window) => window[side]))
  const recent = windows.slice(-RECENT_WINDOWS)
  const { latency } = totalsOf(recent.map((window) => window[side]))
  return {
    requests: total.requests,
    errors: total.errors ?? 0,
    requestsPerSecond: presentRate(windows.slice(-RECENT_WINDOWS - 1), side),
    latencySeconds: latency === null ? null : quantileOf(latency, latencyQuantile),
  }
}

/** The first window says when counting began; its own counts lie before that. */
function presentRate([first, ...windows]: readonly Window[], side: ArmSide): number {
  const last = windows.at(-1)
  if (first === undefined || last === undefined) return 0
  const { requests } = totalsOf(windows.map((window) => window[side]))
  const seconds = (Date.parse(last.at) - Date.parse(first.at)) / 1_000
  return seconds > 0 ? requests / seconds : 0
}
