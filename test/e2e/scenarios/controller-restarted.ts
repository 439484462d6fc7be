import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { until } from '../poll.ts'
import type { Scenario } from '../scenario.ts'
import { promotedFrom } from '../stage.ts'

export const controllerRestarted: Scenario = {
  name: 'controller-restarted',
  title: 'the controller dies in the middle and starts again, and the rollout goes on',
  stage: { ownController: true, weights: [10, 50, 100], policy: { step: { soak: '5s' } } },
  async run(stage) {
    const { status } = await stage.rollout()
    await stage.setImage('good')
    await stage.untilGate(10)
    const orphans = stage.controller.plugins()
    assert.ok(orphans.length > 0)
    await stage.controller.kill()
    // Nobody is left to tell it; it has to notice by itself that its controller is gone.
    await until('the orphaned plugin gone', () => (orphans.some(isAlive) ? undefined : true), { timeoutMs: 20_000 })
    await stage.controller.start()
    await stage.untilRollout('the good candidate promoted', promotedFrom(status?.stableRS))
  },
}

function isAlive(pid: number): boolean {
  return existsSync(`/proc/${pid}`)
}
