import assert from 'node:assert/strict'
import { sleep } from '../poll.ts'
import type { Scenario } from '../scenario.ts'
import { promotedFrom } from '../stage.ts'

/** Argo's own Prometheus provider aborts after about 40 s without an answer: five errors, ten seconds apart. */
const AWAY_MS = process.env['E2E_LONG'] === '1' || process.env['CI'] === 'true' ? 120_000 : 35_000

export const prometheusAway: Scenario = {
  name: 'prometheus-away',
  title: `Prometheus is away for ${AWAY_MS / 1000} s in the middle, and nothing is aborted`,
  stage: { ownPrometheus: true, weights: [10, 50, 100], policy: { step: { soak: '6s', deadline: '10m' } } },
  timeoutMs: 400_000,
  async run(stage) {
    const { status } = await stage.rollout()
    await stage.setImage('good')
    await stage.untilGate(10)
    await stage.prometheus.kill()

    const until = performance.now() + AWAY_MS
    while (performance.now() < until) {
      const during = await stage.rollout()
      assert.equal(during.status?.canary?.weights?.canary.weight, 10)
      assert.notEqual(during.status.abort, true)
      assert.deepEqual(during.status.pauseConditions ?? [], [])
      await sleep(1_000)
    }
    await stage.prometheus.start()
    await stage.untilRollout('the good candidate promoted after the outage', promotedFrom(status?.stableRS))
  },
}
