import assert from 'node:assert/strict'
import { applyExample } from '../example-overlay.ts'
import { lastMeasurement, valueOf } from '../reading.ts'
import type { Rollout } from '../resources.ts'
import type { Scenario } from '../scenario.ts'
import { isAborted, promotedFrom, untilServing } from '../stage.ts'

const CANDIDATES = [
  ['swapped', /the models disagree on \d+ percent of the same inputs \([\d,]+ of [\d,]+\), limit 2 percent; evidence/],
  ['other-signature', /100 percent of the same inputs .*; the candidate has other inputs or outputs than stable/],
] as const

/** Aborted, and not because of the candidate before. */
function isAbortOf(tag: string): (rollout: Rollout) => boolean {
  return (rollout) => {
    const { containers } = rollout.spec.template.spec
    return isAborted(rollout) && containers[0]?.image.endsWith(`:${tag}`) === true
  }
}

export const shadowed: Scenario = {
  name: 'shadowed',
  title:
    'candidates that answer otherwise are aborted before their first user, a sound one is promoted: the example in Git',
  stage: { bare: true },
  async run(stage) {
    await applyExample(stage, 'stable')
    await untilServing(stage)
    const first = (await stage.rollout()).status?.stableRS

    for (const [tag, reason] of CANDIDATES) {
      await applyExample(stage, tag)
      const aborted = await stage.untilRollout(`the ${tag} candidate aborted`, isAbortOf(tag))
      assert.match(aborted.status?.message ?? '', reason)
      assert.match(aborted.status?.message ?? '', /; decided before the canary had traffic/)
      assert.equal(stage.traffic.sent().canary, 0)
      assert.equal(aborted.status?.stableRS, first)
      assert.deepEqual(stage.world.canaryWeights(stage.namespace), [0])
    }

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
