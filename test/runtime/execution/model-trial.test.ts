import { rejects } from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { tryModel } from '../../../runtime/execution/model-trial.ts'
import { examplePath, withModelFile } from '../builders.ts'
import { loopingModel } from '../onnx-model.ts'

const HANGING = 1e15

function childPids(): number[] {
  return readFileSync(`/proc/${process.pid}/task/${process.pid}/children`, 'utf8')
    .split(' ')
    .filter(Boolean)
    .map(Number)
}

const trial = suite('tryModel()')

trial('measures a model and leaves no process behind', async () => {
  const before = childPids()
  const load = { path: examplePath('iris/stable'), name: 'iris', providers: ['cpu'] }
  const { runMs, batchRows } = await tryModel(load, 64, 10_000)
  assert.is(batchRows, 64)
  assert.ok(runMs! > 0)
  assert.equal(childPids(), before)
})

trial('refuses a model that hangs', () =>
  withModelFile(loopingModel(HANGING), (path) =>
    rejects(tryModel({ path, name: 'hanging', providers: ['cpu'] }, 64, 100), {
      name: 'InputError',
      message: /the process that tried it ended \(it gave no answer within 100 ms\)/,
    }),
  ),
)

trial('refuses a model that crashes', () =>
  withModelFile(loopingModel(HANGING), async (path) => {
    const before = new Set(childPids())
    const crashed = rejects(tryModel({ path, name: 'crashing', providers: ['cpu'] }, 64, 60_000), {
      name: 'InputError',
      message: /process that .* ended \(signal SIGSEGV\)/,
    })
    let crashing: number | undefined
    while (crashing === undefined) {
      await sleep(10)
      crashing = childPids().find((pid) => !before.has(pid))
    }
    process.kill(crashing, 'SIGSEGV')
    await crashed
  }),
)

trial('refuses what is no model, as loading does', () =>
  withModelFile(Buffer.from('no model'), (path) =>
    rejects(tryModel({ path, name: 'none', providers: ['cpu'] }, 64, 1_000), {
      name: 'InputError',
      message: /expected an ONNX model/,
    }),
  ),
)

trial.run()
