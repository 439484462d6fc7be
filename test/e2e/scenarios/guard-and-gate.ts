import assert from 'node:assert/strict'
import { until } from '../poll.ts'
import { lastMeasurement, valueOf } from '../reading.ts'
import type { Scenario } from '../scenario.ts'
import { isAborted, promotedFrom } from '../stage.ts'

export const guardAndGate: Scenario = {
  name: 'guard-and-gate',
  title: 'guard and gate share one budget: the drifted candidate is aborted, the good one promoted',
  stage: { guard: true, weights: [10, 50, 100] },
  async run(stage) {
    const { status } = await stage.rollout()
    await stage.setImage('drifted')
    const aborted = await stage.untilRollout('the drifted candidate aborted', isAborted)
    assert.match(aborted.status?.message ?? '', /(Background|Step-based) analysis phase error\/failed: .*drift/is)
    const runs = await stage.analysisRuns()
    assert.equal(runs.length, 2)
    assert.ok(runs.some((run) => valueOf(run).verdict === 'fail'))
    // One state: both count from the same moment and need the same evidence.
    assert.equal(new Set(runs.map((run) => lastMeasurement(run)?.metadata?.['since'])).size, 1)
    assert.equal(new Set(runs.map((run) => valueOf(run).needed)).size, 1)

    const known = new Set(runs.map((run) => run.metadata.name))
    await stage.setImage('good')
    await stage.untilRollout('the good candidate promoted', promotedFrom(status?.stableRS))
    // Argo ends the guard once the rollout is done, and does not wait for it.
    await until(
      'every analysis of the good candidate successful',
      async () => {
        const fresh = (await stage.analysisRuns()).filter((run) => !known.has(run.metadata.name))
        return fresh.every((run) => run.status?.phase === 'Successful') ? true : undefined
      },
      { timeoutMs: 30_000 },
    )
  },
}
