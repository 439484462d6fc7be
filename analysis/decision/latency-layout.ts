import { commonBounds, countsIn, nearestBound, placesOf, regroup, sameBounds, thinBounds } from './buckets.ts'
import { InputError } from '#faults'
import { openLatencyShape, pastTail, type LatencyShape } from './latency-bets.ts'
import { openScatter, regroupScatter, type Scatter } from './scatter.ts'
import type { Histogram, Window } from './window.ts'

/** More bounds cost time and win nothing. */
const MOST_BOUNDS = 16

/** The common buckets of both arms, and everything that is counted in them. */
export interface LatencyLayout {
  /** Seconds; empty until stable has shown a histogram. */
  readonly bounds: readonly number[]
  /** Whether the bounds were reduced to those that matter, which happens once, before the first window is judged. */
  readonly thinned: boolean
  readonly shape: LatencyShape
  readonly scatter: Scatter
  /** Since the rollout began; stable's as if it had had the canary's requests in every window. */
  readonly canary: readonly number[]
  readonly stable: readonly number[]
}

export function openLatencyLayout(): LatencyLayout {
  return { bounds: [], thinned: false, shape: openLatencyShape(0), scatter: openScatter(), canary: [], stable: [] }
}

/** A window's counts in the common buckets; null for an arm that was not measured. */
export interface AlignedLatency {
  readonly layout: LatencyLayout
  readonly canary: readonly number[] | null
  readonly stable: readonly number[] | null
  readonly aa: { readonly canary: readonly number[]; readonly stable: readonly number[] } | null
}

/**
 * Brings a window and the layout to common buckets. A bound that a window lacks is given up for good: coarser from then on,
 * chosen without a look at the counts, so that the bets stay predictable.
 *
 * @param maxSeconds an objective whose nearest bound is kept when bounds are reduced
 * @throws {InputError} when no bound is left
 */
export function alignLatency(
  layout: LatencyLayout,
  window: Window,
  history: boolean,
  maxSeconds: number | null,
): AlignedLatency {
  const canary = history ? undefined : window.canary?.latency
  const stable = window.stable?.latency
  const aa = history && window.aa?.canary.latency && window.aa.stable.latency ? window.aa : undefined
  // A canary without stable is not compared, so its buckets must not cost any bounds.
  const measured: readonly (readonly [string, Histogram | undefined])[] = [
    ['stable.latency.le', stable],
    ['canary.latency.le', stable && canary],
    ['aa.canary.latency.le', aa?.canary.latency],
    ['aa.stable.latency.le', aa?.stable.latency],
  ]
  let bounds = layout.bounds
  for (const [path, histogram] of measured) {
    if (histogram !== undefined) bounds = narrow(bounds, histogram.le, path, window.at)
  }
  const shared = coarsen(layout, bounds)
  const next = history || stable === undefined || canary === undefined ? shared : thin(shared, maxSeconds)
  return {
    layout: next,
    canary: canary && stable ? countsIn(canary, next.bounds) : null,
    stable: stable ? countsIn(stable, next.bounds) : null,
    aa:
      aa?.canary.latency && aa.stable.latency
        ? { canary: countsIn(aa.canary.latency, next.bounds), stable: countsIn(aa.stable.latency, next.bounds) }
        : null,
  }
}

function narrow(known: readonly number[], le: readonly number[], path: string, at: string): readonly number[] {
  const subject = `window at ${at}`
  if (!(le[0]! > 0)) throw new InputError(subject, [{ path, text: `expected bounds above 0, received ${le[0]}` }])
  if (known.length === 0) return le
  const common = commonBounds(known, le)
  if (common.length > 0) return common
  const text = `expected a bound in common with ${known.join(', ')}, received ${le.join(', ')}`
  throw new InputError(subject, [{ path, text }])
}

function coarsen(layout: LatencyLayout, bounds: readonly number[]): LatencyLayout {
  if (sameBounds(layout.bounds, bounds)) return layout
  const change = (counts: readonly number[]) => regroup(counts, layout.bounds, bounds)
  const { shape } = layout
  return {
    ...layout,
    bounds,
    shape: { history: change(shape.history), canary: change(shape.canary), stable: change(shape.stable) },
    scatter: regroupScatter(layout.scatter, placesOf(layout.bounds, bounds)),
    canary: change(layout.canary),
    stable: change(layout.stable),
  }
}

/** Keeps the bounds between which stable's tail, in log-odds, falls most. */
function thin(layout: LatencyLayout, maxSeconds: number | null): LatencyLayout {
  if (layout.thinned) return layout
  const { bounds } = layout
  const logOdds = pastTail(layout.shape.history).map((share) => Math.log(share) - Math.log1p(-share))
  const loss = (before: number, here: number, after: number) =>
    before < 0 || after === bounds.length ? Math.abs(logOdds[here]!) : logOdds[before]! - logOdds[after]!
  const keep = maxSeconds === null ? undefined : bounds[nearestBound(bounds, maxSeconds)]
  return { ...coarsen(layout, thinBounds(bounds, MOST_BOUNDS, loss, keep)), thinned: true }
}
