import assert from 'node:assert/strict'
import { errorsOf } from '../reading.ts'
import { until } from '../poll.ts'
import type { Scenario } from '../scenario.ts'
import { promotedFrom, type Stage } from '../stage.ts'

export const pluginKilled: Scenario = {
  name: 'plugin-killed',
  title: 'the plugin is killed in the middle of two steps, and the verdict is the same',
  stage: { ownController: true, weights: [10, 50, 100], policy: { step: { soak: '5s' } } },
  async run(stage) {
    const { status } = await stage.rollout()
    await stage.setImage('good')
    await stage.untilGate(10)
    await killPlugin(stage)
    await stage.untilGate(50)
    await killPlugin(stage)
    await stage.untilRollout('the good candidate promoted', promotedFrom(status?.stableRS))

    // A kill in the middle of a call costs one of the five errors that Argo allows, a kill between calls none.
    for (const run of await stage.analysisRuns()) assert.ok(errorsOf(run) <= 1, `${errorsOf(run)} errors`)
  },
}

/** Kills the plugin and waits for the next one, which has to know everything again. */
async function killPlugin(stage: Stage): Promise<void> {
  const before = stage.controller.plugins()
  assert.ok(before.length > 0)
  for (const pid of before) process.kill(pid, 'SIGKILL')
  await until('a new plugin process', () => stage.controller.plugins().find((pid) => !before.includes(pid)), {
    timeoutMs: 60_000,
  })
}
