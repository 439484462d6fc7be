import assert from 'node:assert/strict'
import type { Scenario } from '../scenario.ts'
import { promotedFrom } from '../stage.ts'

export const secondBump: Scenario = {
  name: 'second-bump',
  title: 'a fix that follows a bad candidate is judged by its own requests, and promoted',
  stage: { weights: [10, 50, 100] },
  async run(stage) {
    const { status } = await stage.rollout()
    await stage.setImage('drifted')
    await stage.untilGate(10)
    const bad = (await stage.rollout()).status?.currentPodHash
    await stage.setImage('good')
    const promoted = await stage.untilRollout('the fix promoted', promotedFrom(status?.stableRS))

    assert.notEqual(promoted.status?.stableRS, bad)
    for (const run of await stage.analysisRuns()) assert.notEqual(run.status?.phase, 'Failed')
  },
}
