import assert from 'node:assert/strict'
import { lastMeasurement, valueOf } from '../reading.ts'
import type { Scenario } from '../scenario.ts'
import { promotedFrom } from '../stage.ts'

export const promotes: Scenario = {
  name: 'good',
  title: 'a good candidate is promoted 10 → 30 → 50 → 100',
  // All signals of the files. Latency is only compared: its limit takes thousands of requests where the machine stalls.
  stage: {
    policy: {
      signals: { latency: { quantile: 0.95, tolerance: 4 } },
      step: { deadline: '4m' },
    },
  },
  async run(stage) {
    const { status } = await stage.rollout()
    await stage.setImage('good')
    await stage.untilRollout('the good candidate promoted', promotedFrom(status?.stableRS))

    assert.deepEqual(stage.world.canaryWeights(stage.namespace).slice(0, 5), [0, 10, 30, 50, 100])
    const runs = await stage.analysisRuns()
    const weights = runs.map((run) => valueOf(run).weight)
    // Each step is proved by requests of its own.
    assert.deepEqual(weights, [10, 30, 50, 100])
    for (const run of runs) {
      assert.equal(run.status?.phase, 'Successful')
      const measurement = lastMeasurement(run)
      assert.equal(measurement?.phase, 'Successful')
      assert.ok((measurement.message ?? '').length > 20, `message "${measurement.message ?? ''}"`)
      assert.equal(valueOf(run).verdict, 'pass')
    }
    assert.match(await stage.argo('get', 'rollout', 'iris'), /Status:\s+✔ Healthy/)
    assert.equal(stage.traffic.unanswered(), 0)
  },
}
