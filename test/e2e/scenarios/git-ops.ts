import assert from 'node:assert/strict'
import { startGitSync } from '../git-sync.ts'
import type { Scenario } from '../scenario.ts'
import { isAborted, promotedFrom, untilServing } from '../stage.ts'

export const gitOps: Scenario = {
  name: 'git-ops',
  title: 'commits to a Git repository bump the image: one is promoted, one is aborted',
  stage: { bare: true, weights: [10, 100] },
  async run(stage) {
    const git = await startGitSync(stage, 'stable')
    try {
      await untilServing(stage)
      const first = (await stage.rollout()).status?.stableRS
      await git.commitImage('good')
      const promoted = await stage.untilRollout('the commit promoted', promotedFrom(first))
      await git.commitImage('failing')
      const aborted = await stage.untilRollout('the bad commit aborted', isAborted)
      assert.equal(aborted.status?.stableRS, promoted.status?.stableRS)
      // Git still holds the bad image: applying it again must not start it again.
      await git.applyAgain()
      await stage.untilRollout('the Rollout still aborted', isAborted)
    } finally {
      await git.stop()
    }
  },
}
