import { rejects } from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { batchingExecutor, isBatchingSafe, loadModel, type LoadRequest, type Model, type Tensor } from '#runtime'
import { threadModel } from '../../../runtime/execution/thread-model.ts'
import { examplePath, tensor, withModelFile } from '../builders.ts'
import { identityModel } from '../onnx-model.ts'

const thread = suite('threadModel()')

const IRIS: LoadRequest = { path: examplePath('iris/stable'), name: 'iris', providers: ['cpu'] }

async function withThread<T>(load: LoadRequest, use: (model: Model) => Promise<T>): Promise<T> {
  const model = await threadModel(load)
  try {
    return await use(model)
  } finally {
    await model.release()
  }
}

const row = (...values: readonly number[]): Tensor => tensor('float32', [1, 4], values)

thread('says of a model what is said of it on this thread', async () => {
  const here = await loadModel(IRIS.path, IRIS.name)
  await here.release()
  await withThread(IRIS, (model) => {
    assert.equal([model.name, model.digest, model.signature], [here.name, here.digest, here.signature])
    return Promise.resolve()
  })
})

thread('answers as on this thread, and leaves the inputs to the caller', async () => {
  const feeds = [row(6.7, 3, 5.2, 2.3)]
  const here = await loadModel(IRIS.path, IRIS.name)
  const expected = await here.run(feeds)
  await here.release()
  await withThread(IRIS, async (model) => {
    assert.equal(await model.run(feeds), expected)
    assert.is(feeds[0]!.data.length, 4)
  })
})

thread('answers runs that are asked for together in their order, also around one that fails', () =>
  withModelFile(identityModel('float32', ['N']), (path) =>
    withThread({ ...IRIS, path }, async (model) => {
      const [good, other] = [tensor('float32', [1], [1]), tensor('float32', [1], [2])]
      const wrong = tensor('float64', [1], [3])
      const runs = await Promise.allSettled([good, wrong, other].map((x) => model.run([x])))
      assert.equal(
        runs.map((run) => (run.status === 'fulfilled' ? run.value : 'failed')),
        [[good], 'failed', [other]],
      )
    }),
  ),
)

for (const [type, values] of [
  ['float32', [1.5, -0]],
  ['int64', [-3, 4]],
  ['bool', [0, 1]],
  ['string', ['a', 'ø']],
] as const) {
  thread(`carries ${type} there and back`, () =>
    withModelFile(identityModel(type, ['N']), (path) =>
      withThread({ ...IRIS, path }, async (model) => {
        const x = tensor(type, [2], values)
        assert.equal(await model.run([x]), [x])
      }),
    ),
  )
}

thread('leaves this thread free while it computes', () =>
  withThread({ ...IRIS, path: examplePath('iris/slow') }, async (model) => {
    const rows = 64
    const feeds = [
      tensor(
        'float32',
        [rows, 4],
        Array.from({ length: 4 * rows }, () => 1),
      ),
    ]
    let turns = 0
    const count = setInterval(() => (turns += 1), 1)
    await model.run(feeds)
    clearInterval(count)
    assert.ok(turns > 1, `${turns} turns`)
  }),
)

thread('computes in the background where it is told to', async () => {
  const priorities = () =>
    readdirSync('/proc/self/task').map(
      (id) => readFileSync(`/proc/self/task/${id}/stat`, 'utf8').split(') ')[1]!.split(' ')[16],
    )
  const before = priorities().filter((nice) => nice === '19').length
  await withThread({ ...IRIS, isBackground: true }, () => {
    assert.is(priorities().filter((nice) => nice === '19').length, before + 1)
    return Promise.resolve()
  })
})

thread('is batched by an executor once that is proved', () =>
  withThread(IRIS, async (model) => {
    assert.is(await isBatchingSafe(model), true)
    const batches: number[] = []
    const recorder = {
      queued: () => undefined,
      waited: () => undefined,
      ran: (rows: number) => batches.push(rows),
      restarted: () => undefined,
    }
    const executor = batchingExecutor(model, { maxBatchRows: 8, maxQueuedRows: 100, recorder })
    const job = { feeds: [row(5.1, 3.5, 1.4, 0.2)], rows: 1 }
    const answers = await Promise.all(Array.from({ length: 10 }, () => executor.run(job)))
    assert.equal(batches, [8, 2])
    for (const [label] of answers) assert.equal(label!.data, BigInt64Array.of(0n))
    await executor.drain()
  }),
)

thread('fails a run as on this thread', () =>
  withThread({ ...IRIS, path: examplePath('iris/failing') }, async (model) => {
    await rejects(model.run([row(7, 3, 6.5, 2)]), {
      name: 'ServingError',
      code: 'modelFailed',
      message: /^Cannot run model 'iris': .*out of data bounds/,
    })
    assert.is((await model.run([row(5.1, 3.5, 1.4, 0.2)])).length, 2)
  }),
)

thread('refuses a file that is no model, and ends', async () => {
  await rejects(threadModel({ ...IRIS, path: '/nowhere/model.onnx' }), {
    name: 'InputError',
    message: /^Cannot use model "\/nowhere\/model\.onnx": the file cannot be read/,
  })
})

thread('refuses to run once released', async () => {
  const model = await threadModel(IRIS)
  await model.release()
  await rejects(model.run([row(1, 2, 3, 4)]), { code: 'modelFailed', message: /its thread has ended/ })
})

thread.run()
