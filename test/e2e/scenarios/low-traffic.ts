import assert from 'node:assert/strict'
import { lastMeasurement } from '../reading.ts'
import type { Scenario } from '../scenario.ts'
import { promotedFrom } from '../stage.ts'

export const lowTraffic: Scenario = {
  name: 'low-traffic',
  title: 'too few requests pause the rollout, and a person promotes it',
  stage: { requestsPerSecond: 3, weights: [10, 100], policy: { step: { deadline: '12s' } } },
  async run(stage) {
    const { status } = await stage.rollout()
    await stage.setImage('good')
    const paused = await stage.untilRollout(
      'the rollout paused',
      (rollout) => rollout.status?.pauseConditions?.[0]?.reason === 'InconclusiveAnalysisRun',
    )
    assert.equal(paused.status?.phase, 'Paused')
    assert.equal(paused.status.canary?.weights?.canary.weight, 10)
    assert.match(await stage.argo('get', 'rollout', 'iris'), /Status:\s+॥ Paused\nMessage:\s+InconclusiveAnalysisRun/)
    const [run] = await stage.analysisRuns()
    // Says how many requests are missing rather than guessing.
    assert.match(lastMeasurement(run!)?.message ?? '', /\d+ .*requests/)

    await stage.argo('promote', 'iris')
    stage.traffic.setRate(100)
    await stage.untilRollout('the candidate promoted by hand', promotedFrom(status?.stableRS))
  },
}
