import {
  keepCategories,
  observeDispersion,
  openDispersion,
  overdispersion,
  type CategoryCounts,
  type Dispersion,
} from './dispersion.ts'

/** Blocks that an assumption counts for: without history, per hour of it, and at most. */
const ASSUMED_BLOCKS = 20
const BLOCKS_PER_HOUR = 60
const MOST_BLOCKS = 180
const HOUR_MS = 3_600_000

/**
 * A signal's dispersion through the rollout: first measured on stable against itself (one stable pod in the canary's place),
 * then on canary against stable, starting from what history showed.
 */
export interface Scatter {
  readonly live: boolean
  /** How much history of stable against itself there was, milliseconds; 0 means that independence was assumed. */
  readonly historyMs: number
  readonly dispersion: Dispersion
}

export function openScatter(): Scatter {
  return { live: false, historyMs: 0, dispersion: openDispersion(1, ASSUMED_BLOCKS) }
}

/** By how much evidence is divided, from past windows alone; at least 1. */
export function scatterOf(scatter: Scatter): number {
  return overdispersion(scatter.dispersion)
}

/** Takes in a window of stable against itself. */
export function learnScatter(scatter: Scatter, window: CategoryCounts, lastsMs: number): Scatter {
  if (scatter.live || isEmpty(window)) return scatter
  return {
    ...scatter,
    historyMs: scatter.historyMs + lastsMs,
    dispersion: observeDispersion(scatter.dispersion, window),
  }
}

/** What history showed becomes the starting point; called before the first window with a canary is judged. */
export function startScatter(scatter: Scatter): Scatter {
  if (scatter.live) return scatter
  const blocks = (scatter.historyMs / HOUR_MS) * BLOCKS_PER_HOUR
  const priorBlocks = Math.min(Math.max(blocks, ASSUMED_BLOCKS), MOST_BLOCKS)
  return { ...scatter, live: true, dispersion: openDispersion(overdispersion(scatter.dispersion), priorBlocks) }
}

/** Takes in a window of canary against stable, after its evidence was divided. */
export function observeScatter(scatter: Scatter, window: CategoryCounts): Scatter {
  if (isEmpty(window)) return scatter
  return { ...scatter, dispersion: observeDispersion(scatter.dispersion, window) }
}

/** Keeps the categories at these places when the categories change. */
export function regroupScatter(scatter: Scatter, places: readonly number[]): Scatter {
  return { ...scatter, dispersion: keepCategories(scatter.dispersion, places) }
}

function isEmpty({ canaryRequests, stableRequests, stable }: CategoryCounts): boolean {
  return canaryRequests <= 0 || (stable !== null && stableRequests <= 0)
}
