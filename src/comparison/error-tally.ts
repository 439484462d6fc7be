import type { AnsweredPair } from './answered-pair.ts'
import type { PairCounts } from './judge.ts'
import type { ErrorCounts, ErrorMessage } from './record.ts'

/** Different messages worth listing; those beyond are counted, not told. */
const MAX_MESSAGES = 20

export interface ErrorTally {
  /** @param rows of the request; a request that fails, fails with all of them */
  add(pair: AnsweredPair, rows: number): Pick<PairCounts, 'canaryOnlyErrors' | 'stableOnlyErrors'>
  counts(): ErrorCounts
  /** Most frequent first. */
  messages(): ErrorMessage[]
}

export function openErrorTally(): ErrorTally {
  const messages = new Map<string, ErrorMessage>()
  let counts: ErrorCounts = { bothErrors: 0, canaryOnlyErrors: 0, stableOnlyErrors: 0 }

  function note(side: 'stable' | 'canary', message: string, rows: number): void {
    const key = `${side} ${message}`
    const known = messages.get(key)
    if (known === undefined && messages.size >= MAX_MESSAGES) return
    messages.set(key, { side, message, count: (known?.count ?? 0) + rows })
  }

  return {
    add({ stable, canary }, rows) {
      if (stable.kind === 'failed') note('stable', stable.message, rows)
      if (canary.kind === 'failed') note('canary', canary.message, rows)
      const both = stable.kind === 'failed' && canary.kind === 'failed'
      const canaryOnlyErrors = !both && canary.kind === 'failed' ? rows : 0
      const stableOnlyErrors = !both && stable.kind === 'failed' ? rows : 0
      counts = {
        bothErrors: counts.bothErrors + (both ? rows : 0),
        canaryOnlyErrors: counts.canaryOnlyErrors + canaryOnlyErrors,
        stableOnlyErrors: counts.stableOnlyErrors + stableOnlyErrors,
      }
      return { canaryOnlyErrors, stableOnlyErrors }
    },
    counts: () => counts,
    messages: () => [...messages.values()].sort((a, b) => b.count - a.count),
  }
}
