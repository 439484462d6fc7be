import assert from 'node:assert/strict'
import { lastMeasurement } from '../reading.ts'
import type { Scenario } from '../scenario.ts'
import { isAborted } from '../stage.ts'
import type { Json } from '../user-manifests.ts'

interface BadCandidate {
  readonly tag: string
  readonly title: string
  /** What the Rollout's message must name, so that nobody has to look further. */
  readonly reason: RegExp
  readonly policy?: Json
}

const CANDIDATES: readonly BadCandidate[] = [
  { tag: 'drifted', title: 'a candidate whose predictions drift is aborted', reason: /drift/i },
  { tag: 'failing', title: 'a candidate that fails requests is aborted', reason: /error/i },
  { tag: 'slow', title: 'a slow candidate is aborted', reason: /laten|slow|p95/i },
]

export const aborts: readonly Scenario[] = CANDIDATES.map(({ tag, title, reason, policy }) => ({
  name: tag,
  title: `${title}, and the Rollout says why`,
  ...(policy && { stage: { policy } }),
  async run(stage) {
    const { status } = await stage.rollout()
    await stage.setImage(tag)
    const aborted = await stage.untilRollout('the bad candidate aborted', isAborted)

    assert.equal(aborted.status?.stableRS, status?.stableRS)
    const message = aborted.status?.message ?? ''
    assert.match(message, /^RolloutAborted: .*Metric "gate" assessed Failed/s)
    assert.match(message, reason)
    const shown = await stage.argo('get', 'rollout', 'iris')
    assert.match(shown, /Status:\s+✖ Degraded/)
    assert.match(shown, reason)

    const failed = (await stage.analysisRuns()).filter((run) => run.status?.phase === 'Failed')
    assert.equal(failed.length, 1)
    const value = JSON.parse(lastMeasurement(failed[0]!)?.value ?? '') as { readonly verdict: string }
    assert.equal(value.verdict, 'fail')
  },
}))
