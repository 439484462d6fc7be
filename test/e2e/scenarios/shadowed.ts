import assert from 'node:assert/strict'
import { applyExample } from '../example-overlay.ts'
import { lastMeasurement, valueOf } from '../reading.ts'
import type { Scenario } from '../scenario.ts'
import { isAborted, promotedFrom, untilServing } from '../stage.ts'

export const shadowed: Scenario = {
  name: 'shadowed',
  title:
    'a candidate that swaps two labels is aborted before its first user, a sound one promoted, by the example in Git',
  stage: { bare: true },
  async run(stage) {
    await applyExample(stage, 'stable')
    await untilServing(stage)
    const first = (await stage.rollout()).status?.stableRS

    await applyExample(stage, 'swapped')
    const aborted = await stage.untilRollout('the swapped candidate aborted', isAborted)
    const message = aborted.status?.message ?? ''
    assert.match(
      message,
      /the models disagree on \d+ percent of the same inputs .*; decided before the canary had traffic/,
    )
    assert.equal(stage.traffic.sent().canary, 0)
    assert.equal(aborted.status?.stableRS, first)
    assert.deepEqual(stage.world.canaryWeights(stage.namespace), [0])

    const known = new Set((await stage.analysisRuns()).map((run) => run.metadata.name))
    await applyExample(stage, 'good')
    await stage.untilRollout('the good candidate promoted', promotedFrom(first))
    assert.deepEqual(stage.world.canaryWeights(stage.namespace).slice(0, 5), [0, 10, 30, 50, 100])
    const runs = (await stage.analysisRuns()).filter((run) => !known.has(run.metadata.name))
    const byWeight = new Map(runs.map((run) => [valueOf(run).weight, lastMeasurement(run)?.message ?? '']))
    assert.deepEqual(new Set(byWeight.keys()), new Set([0, 10, 30, 50, 100]))
    assert.match(
      byWeight.get(0)!,
      /^proved on [\d,]+ pairs before the canary had traffic: the models disagree on less than 2 percent of inputs/,
    )
  },
}
