import { rejects } from 'node:assert/strict'
import { copyFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { loadModel, type Model, type RestartReason, type Tensor } from '#runtime'
import { backOffMs, processModel } from '../../../runtime/execution/process-model.ts'
import { processesWith } from '../../support/processes.ts'
import { examplePath, tensor, withModelFile } from '../builders.ts'
import { hoardingModel, identityModel, loopingModel } from '../onnx-model.ts'

const GIGABYTE = 1024 ** 3
const LIMITS = { runTimeoutMs: 30_000, maxMemoryBytes: GIGABYTE }

/** A model in a process, and the restarts of that process so far. */
interface Contained {
  readonly model: Model
  readonly restarts: readonly RestartReason[]
}

async function withProcess(
  path: string,
  limits: Partial<typeof LIMITS>,
  use: (contained: Contained) => Promise<void>,
): Promise<void> {
  const restarts: RestartReason[] = []
  const recorder = { restarted: (reason: RestartReason) => restarts.push(reason) }
  const load = { path, name: 'made', providers: ['cpu'] }
  const model = await processModel(load, { ...LIMITS, ...limits }, recorder)
  try {
    await use({ model, restarts })
  } finally {
    await model.release()
  }
}

const row = (value: number): Tensor => tensor('float32', [1, 1], [value])

/** Ids of the model processes that this process started. */
function modelProcesses(): number[] {
  return processesWith('execution/model-process.ts').map(({ pid }) => pid)
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await sleep(5)
}

const contained = suite('processModel()')

contained('answers as on this thread', async () => {
  const path = examplePath('iris/stable')
  const feeds = [tensor('float32', [1, 4], [6.7, 3, 5.2, 2.3])]
  const here = await loadModel(path)
  const expected = await here.run(feeds)
  await here.release()
  await withProcess(path, {}, async ({ model, restarts }) => {
    assert.equal([model.digest, model.signature], [here.digest, here.signature])
    assert.equal(await model.run(feeds), expected)
    assert.equal(restarts, [])
  })
})

for (const [type, values] of [
  ['float64', [1.5, -0]],
  ['int64', [-3, 4]],
  ['string', ['a', 'ø']],
] as const) {
  contained(`carries ${type} there and back`, () =>
    withModelFile(identityModel(type, ['N']), (path) =>
      withProcess(path, {}, async ({ model }) => {
        const x = tensor(type, [2], values)
        assert.equal(await model.run([x]), [x])
      }),
    ),
  )
}

contained('goes on in a new process when the process is killed', () =>
  withModelFile(loopingModel(), async (path) => {
    const before = new Set(modelProcesses())
    await withProcess(path, {}, async ({ model, restarts }) => {
      const [pid] = modelProcesses().filter((found) => !before.has(found))
      process.kill(pid!, 'SIGKILL')
      await until(() => restarts.length > 0)
      assert.equal(await model.run([row(3)]), [row(3)])
      assert.equal(restarts, ['ended'])
    })
  }),
)

contained('fails a run beyond the deadline and goes on with the next', () =>
  withModelFile(loopingModel(), (path) =>
    withProcess(path, { runTimeoutMs: 400 }, async ({ model, restarts }) => {
      await rejects(model.run([row(1e15)]), {
        code: 'modelFailed',
        message: "Cannot run model 'made': its process ended (it gave no answer within 400 ms)",
      })
      assert.equal(await model.run([row(3)]), [row(3)])
      assert.equal(restarts, ['deadline'])
    }),
  ),
)

contained('waits longer before each further start', () =>
  withModelFile(loopingModel(), (path) =>
    withProcess(path, { runTimeoutMs: 200 }, async ({ model, restarts }) => {
      for (let i = 0; i < 2; i += 1) await rejects(model.run([row(1e15)]), { message: /gave no answer within 200 ms/ })
      await rejects(model.run([row(1)]), { code: 'modelFailed', message: /; it starts again in \d+ ms$/ })
      assert.equal(restarts, ['deadline', 'deadline'])
    }),
  ),
)

contained('starts anew when the process has grown too large, and loses no answer', () =>
  withModelFile(hoardingModel(), (path) =>
    withProcess(path, { maxMemoryBytes: GIGABYTE / 4 }, async ({ model, restarts }) => {
      assert.is((await model.run([row(100_000_000)])).length, 1)
      assert.equal(restarts, ['memory'])
      assert.is((await model.run([row(2)])).length, 1)
      assert.equal(restarts, ['memory'])
    }),
  ),
)

contained('does not go on with another file than it began with', () =>
  withModelFile(loopingModel(), async (path) => {
    const before = new Set(modelProcesses())
    await withProcess(path, {}, async ({ model, restarts }) => {
      copyFileSync(examplePath('iris/stable'), path)
      const [pid] = modelProcesses().filter((found) => !before.has(found))
      process.kill(pid!, 'SIGKILL')
      await until(() => restarts.length > 0)
      await rejects(model.run([row(3)]), { code: 'modelFailed', message: /its file has changed since it was loaded/ })
    })
  }),
)

contained('refuses a model whose process is too large from the start', () =>
  withModelFile(loopingModel(), (path) =>
    rejects(
      withProcess(path, { maxMemoryBytes: 1_000_000 }, () => Promise.resolve()),
      { name: 'InputError', message: /expected a process of up to 1000000 bytes, received one of \d+$/ },
    ),
  ),
)

contained('refuses a file that is no model', () =>
  rejects(
    withProcess('/nowhere/model.onnx', {}, () => Promise.resolve()),
    { name: 'InputError', message: /the file cannot be read/ },
  ),
)

contained('leaves no process behind', async () => {
  const before = new Set(modelProcesses())
  const added = () => modelProcesses().filter((pid) => !before.has(pid))
  await withProcess(examplePath('iris/stable'), {}, () => {
    assert.is(added().length, 1)
    return Promise.resolve()
  })
  assert.equal(added(), [])
})

contained.run()

const pause = suite('backOffMs()')

pause('does not wait after a first failure, then ever longer up to 10 s', () => {
  assert.equal(
    [1, 2, 3, 4, 7, 8, 100].map((failures) => backOffMs(failures)),
    [0, 200, 400, 800, 6_400, 10_000, 10_000],
  )
})

pause.run()
