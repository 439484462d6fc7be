import assert from 'node:assert/strict'
import { errorsOf } from '../reading.ts'
import type { Scenario } from '../scenario.ts'
import { isAborted } from '../stage.ts'

export const pluginHung: Scenario = {
  name: 'plugin-hung',
  title: 'the plugin hangs in the middle of a step, and the bad candidate is aborted all the same',
  // The keepalive needs 40 s to notice, so the deadline is beyond that.
  stage: { ownController: true, policy: { step: { deadline: '5m' } } },
  async run(stage) {
    await stage.setImage('drifted')
    await stage.untilGate(10)
    const before = stage.controller.plugins()
    assert.ok(before.length > 0)
    for (const pid of before) process.kill(pid, 'SIGSTOP')
    const aborted = await stage.untilRollout('the drifted candidate aborted', isAborted, 200_000)

    assert.match(aborted.status?.message ?? '', /drift/i)
    assert.deepEqual(
      stage.controller.plugins().filter((pid) => before.includes(pid)),
      [],
    )
    for (const run of await stage.analysisRuns()) assert.ok(errorsOf(run) <= 2, `${errorsOf(run)} errors`)
  },
}
