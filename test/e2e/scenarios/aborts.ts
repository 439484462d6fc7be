import assert from 'node:assert/strict'
import { eventTexts, valueOf } from '../reading.ts'
import type { Scenario } from '../scenario.ts'
import { isAborted, type Stage, type StageOptions } from '../stage.ts'

interface BadCandidate {
  readonly name: string
  readonly title: string
  /** What the Rollout's message must name, so that nobody has to look further. */
  readonly reason: RegExp
  readonly stage?: StageOptions
  readonly bump: (stage: Stage) => Promise<void>
}

const CANDIDATES: readonly BadCandidate[] = [
  {
    name: 'drifted',
    title: 'a candidate whose predictions drift is aborted',
    reason: /drift PSI/,
    bump: (stage) => stage.setImage('drifted'),
  },
  {
    name: 'failing',
    title: 'a candidate that fails requests is aborted',
    reason: /requests .*fail|fails? .*requests/,
    bump: (stage) => stage.setImage('failing'),
  },
  {
    name: 'slow',
    title: 'a slow candidate is aborted',
    reason: /canary takes .* at p95, stable/,
    stage: { policy: { signals: { latency: { quantile: 0.95, tolerance: 2 } } } },
    // A heavier model in a container with a tight limit.
    bump: (stage) => stage.apply({ tag: 'slow', cpuLimit: '200m' }),
  },
]

export const aborts: readonly Scenario[] = CANDIDATES.map(({ name, title, reason, bump, stage: options }) => ({
  name,
  title: `${title}, and the Rollout says why`,
  ...(options && { stage: options }),
  async run(stage) {
    const { status } = await stage.rollout()
    await bump(stage)
    const aborted = await stage.untilRollout('the bad candidate aborted', isAborted)

    assert.equal(aborted.status?.stableRS, status?.stableRS)
    const message = aborted.status?.message ?? ''
    assert.match(message, /^RolloutAborted: .*Metric "gate" assessed Failed/s)
    // Argo writes "failed" by itself, so only what follows is ours.
    const ours = message.split('Error Message: ')[1] ?? ''
    assert.match(ours, reason)
    assert.match(ours, /decided after [\d,]+ canary requests/)
    const shown = await stage.argo('get', 'rollout', 'iris')
    assert.match(shown, /Status:\s+✖ Degraded/)
    assert.ok(shown.includes(ours.slice(0, 40)), shown)

    // The controller formats such texts once more, and a percent sign in them would come out as a fault.
    assert.deepEqual(
      (await eventTexts(stage)).filter((text) => text.includes('%!')),
      [],
    )

    const failed = (await stage.analysisRuns()).filter((run) => run.status?.phase === 'Failed')
    assert.equal(failed.length, 1)
    assert.equal(valueOf(failed[0]!).verdict, 'fail')
  },
}))
