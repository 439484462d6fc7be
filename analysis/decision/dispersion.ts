/** Lengths of the blocks over which counts are compared with what independence allows, in windows. */
const SCALES = [1, 3, 6, 18] as const

/** Counts of one block of windows: requests and events of each category. `stable` is null for a paired signal, which has one arm. */
export interface CategoryCounts {
  readonly canaryRequests: number
  readonly stableRequests: number
  readonly canary: readonly number[]
  readonly stable: readonly number[] | null
}

/**
 * How much more the counts scatter than those of independent requests (a heuristic: errors come in bursts, pods differ).
 * Evidence is divided by it, which keeps every guarantee for independent requests and is the exact correction for events in
 * clusters of constant size.
 */
export interface Dispersion {
  /** Assumed before the first window, at least 1, and the number of blocks it counts for. */
  readonly prior: number
  readonly priorBlocks: number
  readonly total: CategoryCounts | null
  /** One entry per scale: the unfinished block, its windows, and what finished blocks add up to. */
  readonly open: readonly (CategoryCounts | null)[]
  readonly windows: readonly number[]
  readonly scatter: readonly number[]
  readonly blocks: readonly number[]
}

export function openDispersion(prior: number, priorBlocks: number): Dispersion {
  const none = SCALES.map(() => 0)
  return {
    prior,
    priorBlocks,
    total: null,
    open: SCALES.map(() => null),
    windows: none,
    scatter: none,
    blocks: none,
  }
}

/** The dispersion over the windows so far; at least 1. */
export function overdispersion(state: Dispersion): number {
  const { prior, priorBlocks } = state
  let highest = 1
  for (let i = 0; i < SCALES.length; i += 1) {
    highest = Math.max(highest, (state.scatter[i]! + priorBlocks * prior) / (state.blocks[i]! + priorBlocks))
  }
  return highest
}

/** Takes in a window, after its evidence was divided. Categories may be added at the end from one window to the next. */
export function observeDispersion(state: Dispersion, window: CategoryCounts): Dispersion {
  const total = addCounts(state.total, window)
  const ratios = total.canary.map((events, k) => expectation(total, events, k))
  const open = [...state.open]
  const windows = [...state.windows]
  const scatter = [...state.scatter]
  const blocks = [...state.blocks]
  SCALES.forEach((length, i) => {
    const block = addCounts(open[i] ?? null, window)
    const filled = windows[i]! + 1
    const done = filled === length
    open[i] = done ? null : block
    windows[i] = done ? 0 : filled
    if (!done) return
    const found = blockScatter(block, ratios)
    if (found === null) return
    scatter[i] = scatter[i]! + found
    blocks[i] = blocks[i]! + 1
  })
  return { ...state, total, open, windows, scatter, blocks }
}

/** Keeps the categories at these places, in this order, and forgets the others. */
export function keepCategories(state: Dispersion, places: readonly number[]): Dispersion {
  const keep = (counts: CategoryCounts | null) =>
    counts && {
      ...counts,
      canary: places.map((k) => counts.canary[k] ?? 0),
      stable: counts.stable && places.map((k) => counts.stable?.[k] ?? 0),
    }
  return { ...state, total: keep(state.total), open: state.open.map(keep) }
}

/** What one category's block is held against: the ratio of the arms' rates so far, or with one arm the rate itself. */
function expectation(total: CategoryCounts, events: number, k: number): number {
  const canary = (events + 0.5) / Math.max(total.canaryRequests, 1)
  if (total.stable === null) return Math.min(canary, 1)
  return canary / ((total.stable[k]! + 0.5) / Math.max(total.stableRequests, 1))
}

/**
 * Mean over the categories of the squared deviation from the expected split, divided by its variance under independence.
 * The split expected is that of all windows so far, so that a constant regression does not count as scatter.
 */
function blockScatter(block: CategoryCounts, expectations: readonly number[]): number | null {
  let sum = 0
  let categories = 0
  for (let k = 0; k < expectations.length; k += 1) {
    const { expected, variance } = categoryMoments(block, expectations[k]!, k)
    if (variance <= 0) continue
    sum += (block.canary[k]! - expected) ** 2 / variance
    categories += 1
  }
  return categories === 0 ? null : sum / categories
}

function categoryMoments(
  block: CategoryCounts,
  expectation: number,
  k: number,
): { expected: number; variance: number } {
  const { canaryRequests, stableRequests, stable } = block
  if (stable === null) {
    const expected = canaryRequests * expectation
    return { expected, variance: expected * (1 - expectation) }
  }
  const weighted = expectation * canaryRequests
  const split = weighted / Math.max(weighted + stableRequests, 1e-9)
  const events = block.canary[k]! + stable[k]!
  const others = Math.max(1 - events / Math.max(canaryRequests + stableRequests, 1), 0)
  return { expected: events * split, variance: events * split * (1 - split) * others }
}

function addCounts(sum: CategoryCounts | null, window: CategoryCounts): CategoryCounts {
  if (sum === null) return window
  const add = (more: readonly number[], counts: readonly number[] | null) =>
    more.map((count, k) => count + (counts?.[k] ?? 0))
  return {
    canaryRequests: sum.canaryRequests + window.canaryRequests,
    stableRequests: sum.stableRequests + window.stableRequests,
    canary: add(window.canary, sum.canary),
    stable: window.stable && add(window.stable, sum.stable),
  }
}
