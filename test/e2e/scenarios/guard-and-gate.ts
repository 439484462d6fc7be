import assert from 'node:assert/strict'
import { lastMeasurement } from '../reading.ts'
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
    const values = (await stage.analysisRuns())
      .map((run) => lastMeasurement(run)?.value)
      .filter((value) => value !== undefined)
      .map((value) => JSON.parse(value) as { readonly logE: number; readonly needed: number })
    assert.equal(values.length, 2)
    assert.equal(values[0]!.needed, values[1]!.needed)

    await stage.setImage('good')
    await stage.untilRollout('the good candidate promoted', promotedFrom(status?.stableRS))
    assert.equal((await stage.analysisRuns()).filter((run) => run.status?.phase === 'Failed').length, 1)
  },
}
