import assert from 'node:assert/strict'
import type { Scenario } from '../scenario.ts'
import { isAborted, promotedFrom } from '../stage.ts'

export const stepPlugin: Scenario = {
  name: 'step-plugin',
  title: 'the step plugin promotes the good candidate and aborts the failing one',
  // Argo calls a step plugin again after 15 s at the earliest.
  stage: { gate: 'step-plugin', weights: [10, 100] },
  async run(stage) {
    const { status } = await stage.rollout()
    await stage.setImage('good')
    const promoted = await stage.untilRollout('the good candidate promoted', promotedFrom(status?.stableRS))
    assert.deepEqual(await stage.analysisRuns(), [])

    await stage.setImage('failing')
    const aborted = await stage.untilRollout('the failing candidate aborted', isAborted)
    assert.match(aborted.status?.message ?? '', /Step Plugin 2 \(modelgate\/gate\) failed: canary fails .* of requests/)
    assert.equal(aborted.status?.stableRS, promoted.status?.stableRS)
  },
}
