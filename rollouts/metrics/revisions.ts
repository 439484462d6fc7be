import type { Policy } from '#evidence'
import { openRevision, type OpenSource, type Revision } from './revision.ts'
import type { Subject } from './subject.ts'

/** One gate is some tens of kilobytes; a thousand rollouts at once fit many times over. */
const MAX_REVISIONS = 2_000
/** A gate that nobody asked for this long has ended; if not, it is rebuilt. */
const IDLE_MS = 2 * 3_600_000

interface Entry {
  readonly revision: Revision
  usedMs: number
}

/** The gates of all revisions under way. */
export interface Revisions {
  find(subject: Subject, policy: Policy, nowMs: number, openSource: OpenSource): Revision
}

export function openRevisions(): Revisions {
  // In the order of use: a map keeps the order of insertion.
  const entries = new Map<string, Entry>()

  return {
    find: (subject, policy, nowMs, openSource) => {
      const key = keyOf(subject, policy)
      const entry = entries.get(key) ?? { revision: openRevision(openSource), usedMs: nowMs }
      entries.delete(key)
      entries.set(key, entry)
      entry.usedMs = nowMs
      for (const [other, { usedMs }] of entries) {
        if (entries.size <= MAX_REVISIONS && nowMs - usedMs < IDLE_MS) break
        entries.delete(other)
      }
      return entry.revision
    },
  }
}

/**
 * Gate and guard of one revision share a gate when they judge the same signals by the same limits; otherwise they are two
 * tests, each with its own budget.
 */
function keyOf({ namespace, rollout, canaryHash, revision }: Subject, policy: Policy): string {
  const { falseAbort, falsePromote, strict, signals, profile, custom, errorCodes, labels, scrapeInterval } = policy
  const judged = { falseAbort, falsePromote, strict, signals, profile, custom, errorCodes, labels, scrapeInterval }
  return JSON.stringify([namespace, rollout, canaryHash, revision, policy.prometheus?.address, judged])
}
