import { rejects } from 'node:assert/strict'
import { copyFileSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  openCatalogue,
  type CatalogueOptions,
  type ModelCatalogue,
  type ModelSource,
  type OpenCatalogue,
} from '#runtime'
import { UNRECORDED } from '../../../runtime/execution/execution-recorder.ts'
import { examplePath, tensor, withFolder, withModelFile } from '../builders.ts'
import { loopingModel } from '../onnx-model.ts'

/** A catalogue and what its observer was told. */
interface Opened {
  readonly catalogue: OpenCatalogue
  readonly told: string[]
}

async function withCatalogue(
  sources: readonly ModelSource[],
  change: Partial<CatalogueOptions>,
  use: (opened: Opened) => Promise<void>,
): Promise<void> {
  const told: string[] = []
  const catalogue = await openCatalogue({
    sources,
    providers: ['cpu'],
    executor: 'inline',
    maxBatchRows: 8,
    maxQueuedRows: 1_000,
    queueTimeoutMs: 10_000,
    runTimeoutMs: 10_000,
    maxMemoryBytes: 1024 ** 3,
    reloadIntervalMs: 0,
    recorderFor: () => UNRECORDED,
    observer: {
      ready: ({ served, replaced }) => told.push(`${replaced ? 'replaced' : 'ready'} ${served.name}/${served.version}`),
      failed: ({ name, version }, _, replacing) => told.push(`${replacing ? 'kept' : 'failed'} ${name}/${version}`),
      gone: ({ name, version }) => told.push(`gone ${name}/${version}`),
    },
    ...change,
  })
  try {
    await use({ catalogue, told })
  } finally {
    await catalogue.close()
  }
}

/** Puts a committed model in a place, at once, as a deployment would. */
function put(example: string, path: string): void {
  mkdirSync(dirname(path), { recursive: true })
  copyFileSync(examplePath(example), `${path}.next`)
  renameSync(`${path}.next`, path)
}

/** The label of an iris that the models `iris/stable` and `iris/swapped` tell apart. */
async function label(catalogue: ModelCatalogue, name?: string, version?: string): Promise<number> {
  const feeds = [tensor('float32', [1, 4], [6.7, 3, 5.2, 2.3])]
  const [labels] = await catalogue.find(name, version)!.run({ feeds, rows: 1 })
  return Number(labels!.data[0])
}

const STABLE = 2
const SWAPPED = 1

/** Rounds of a loop that take for ever, and for a while. */
const HANGING = 1e15
const LONG = 2e5

const open = suite('openCatalogue()')

open('serves one file as version 1 and as the default', () =>
  withCatalogue([{ kind: 'file', name: 'iris', path: examplePath('iris/stable') }], {}, async ({ catalogue, told }) => {
    assert.is(await label(catalogue), STABLE)
    assert.is(await label(catalogue, 'iris', '1'), STABLE)
    assert.is(catalogue.find('iris', '2'), undefined)
    assert.is(catalogue.find('other'), undefined)
    assert.equal(catalogue.list(), [{ name: 'iris', version: '1', state: 'ready', reason: '' }])
    assert.equal(told, ['ready iris/1'])
  }),
)

open('serves several models and versions, the newest where none is named', () =>
  withFolder((folder) => {
    put('iris/stable', join(folder, 'iris/9/model.onnx'))
    put('iris/swapped', join(folder, 'iris/10/model.onnx'))
    put('digits/stable', join(folder, 'digits/1/model.onnx'))
    const sources: ModelSource[] = [{ kind: 'folder', path: folder }]
    return withCatalogue(sources, { defaultModel: 'iris' }, async ({ catalogue }) => {
      assert.is(await label(catalogue), SWAPPED)
      assert.is(await label(catalogue, 'iris', '9'), STABLE)
      assert.is(catalogue.find('digits')?.version, '1')
      assert.equal(
        catalogue.list().map(({ name, version }) => `${name}/${version}`),
        ['digits/1', 'iris/9', 'iris/10'],
      )
    })
  }),
)

open('serves what can be served and says why the rest cannot', () =>
  withFolder((folder) => {
    put('iris/stable', join(folder, 'iris/1/model.onnx'))
    mkdirSync(join(folder, 'iris/2'))
    writeFileSync(join(folder, 'iris/2/model.onnx'), 'not a model')
    return withCatalogue([{ kind: 'folder', path: folder }], {}, async ({ catalogue, told }) => {
      assert.is(await label(catalogue), STABLE)
      assert.is(catalogue.find('iris', '2'), undefined)
      const [, second] = catalogue.list()
      assert.is(second!.state, 'failed')
      assert.match(
        second!.reason,
        /^Cannot use model ".*model\.onnx": expected an ONNX model that ONNX Runtime can load, it says /,
      )
      await catalogue.reload()
      assert.equal(told, ['ready iris/1', 'failed iris/2'])
    })
  }),
)

open('exchanges a changed file', () =>
  withFolder((folder) => {
    const path = join(folder, 'iris.onnx')
    put('iris/stable', path)
    return withCatalogue([{ kind: 'file', name: 'iris', path }], {}, async ({ catalogue, told }) => {
      const before = catalogue.find()!
      put('iris/swapped', path)
      assert.is(await label(catalogue), STABLE)
      await catalogue.reload()
      assert.is(await label(catalogue), SWAPPED)
      assert.not.equal(catalogue.find()!.digest, before.digest)
      assert.equal(told, ['ready iris/1', 'replaced iris/1'])
      put('iris/swapped', path)
      await catalogue.reload()
      assert.equal(told, ['ready iris/1', 'replaced iris/1'])
    })
  }),
)

open('exchanges what a symbolic link leads to', () =>
  withFolder((folder) => {
    for (const [example, data] of [
      ['iris/stable', 'data-1'],
      ['iris/swapped', 'data-2'],
    ] as const) {
      put(example, join(folder, data, 'iris.onnx'))
    }
    symlinkSync('data-1', join(folder, 'data'))
    const path = join(folder, 'data/iris.onnx')
    return withCatalogue([{ kind: 'file', name: 'iris', path }], {}, async ({ catalogue }) => {
      symlinkSync('data-2', join(folder, 'data-next'))
      renameSync(join(folder, 'data-next'), join(folder, 'data'))
      await catalogue.reload()
      assert.is(await label(catalogue), SWAPPED)
    })
  }),
)

open('keeps what serves where the new file is broken, says so once, and takes the next good one', () =>
  withFolder((folder) => {
    const path = join(folder, 'iris.onnx')
    put('iris/stable', path)
    return withCatalogue([{ kind: 'file', name: 'iris', path }], {}, async ({ catalogue, told }) => {
      writeFileSync(path, 'not a model')
      await catalogue.reload()
      await catalogue.reload()
      assert.is(await label(catalogue), STABLE)
      const [entry] = catalogue.list()
      assert.is(entry!.state, 'ready')
      assert.match(entry!.reason, /expected an ONNX model/)
      rmSync(path)
      await catalogue.reload()
      assert.is(await label(catalogue), STABLE)
      put('iris/swapped', path)
      await catalogue.reload()
      assert.is(await label(catalogue), SWAPPED)
      assert.is(catalogue.list()[0]!.reason, '')
      assert.equal(told, ['ready iris/1', 'kept iris/1', 'kept iris/1', 'replaced iris/1'])
    })
  }),
)

open('takes up new versions and lets go of those whose file has gone', () =>
  withFolder((folder) => {
    put('iris/stable', join(folder, 'iris/1/model.onnx'))
    return withCatalogue([{ kind: 'folder', path: folder }], {}, async ({ catalogue, told }) => {
      put('iris/swapped', join(folder, 'iris/2/model.onnx'))
      await catalogue.reload()
      assert.is(await label(catalogue), SWAPPED)
      rmSync(join(folder, 'iris/2'), { recursive: true })
      await catalogue.reload()
      assert.is(await label(catalogue), SWAPPED)
      await catalogue.reload()
      assert.is(await label(catalogue), STABLE)
      assert.equal(told, ['ready iris/1', 'ready iris/2', 'gone iris/2'])
    })
  }),
)

open('keeps its models while their folder cannot be read', () =>
  withFolder((folder) => {
    put('iris/stable', join(folder, 'models/iris/1/model.onnx'))
    return withCatalogue([{ kind: 'folder', path: join(folder, 'models') }], {}, async ({ catalogue }) => {
      renameSync(join(folder, 'models'), join(folder, 'elsewhere'))
      for (let look = 0; look < 3; look += 1) await catalogue.reload()
      assert.is(await label(catalogue), STABLE)
    })
  }),
)

for (const executor of ['inline', 'thread', 'process'] as const) {
  open(`answers what was asked of the old model while it is exchanged (${executor})`, () =>
    withFolder((folder) => {
      const path = join(folder, 'iris.onnx')
      put('iris/stable', path)
      return withCatalogue([{ kind: 'file', name: 'iris', path }], { executor }, async ({ catalogue }) => {
        let swapping = true
        const labels = new Set<number>()
        const ask = async () => {
          while (swapping) {
            labels.add(await label(catalogue))
            await sleep(0)
          }
        }
        const asking = Promise.all(Array.from({ length: 8 }, ask))
        for (const example of ['iris/swapped', 'iris/stable', 'iris/swapped']) {
          put(example, path)
          await catalogue.reload()
        }
        swapping = false
        await asking
        assert.equal([...labels].sort(), [SWAPPED, STABLE])
      })
    }),
  )
}

open('looks for changes by itself', () =>
  withFolder((folder) => {
    const path = join(folder, 'iris.onnx')
    put('iris/stable', path)
    const sources: ModelSource[] = [{ kind: 'file', name: 'iris', path }]
    return withCatalogue(sources, { reloadIntervalMs: 5 }, async ({ catalogue }) => {
      put('iris/swapped', path)
      while ((await label(catalogue)) === STABLE) await sleep(5)
      assert.is(await label(catalogue), SWAPPED)
    })
  }),
)

open('chooses where a model runs by its size and its time', async () => {
  for (const [example, kind] of [
    ['iris/stable', 'inline'],
    ['iris/slow', 'thread'],
  ] as const) {
    const kinds: string[] = []
    const observer = { ready: (model: { kind: string }) => kinds.push(model.kind), failed: () => 0, gone: () => 0 }
    const sources: ModelSource[] = [{ kind: 'file', name: 'iris', path: examplePath(example) }]
    await withCatalogue(sources, { executor: 'auto', observer }, () => Promise.resolve())
    assert.equal(kinds, [kind])
  }
})

open('keeps serving where the next file holds a model that hangs', () =>
  withFolder((folder) => {
    const path = join(folder, 'iris.onnx')
    put('iris/stable', path)
    const sources: ModelSource[] = [{ kind: 'file', name: 'iris', path }]
    return withCatalogue(sources, { executor: 'auto', runTimeoutMs: 300 }, async ({ catalogue, told }) => {
      writeFileSync(`${path}.next`, loopingModel(HANGING))
      renameSync(`${path}.next`, path)
      const reloading = catalogue.reload()
      assert.is(await label(catalogue), STABLE)
      await reloading
      assert.is(await label(catalogue), STABLE)
      assert.equal(told, ['ready iris/1', 'kept iris/1'])
      assert.match(catalogue.list()[0]!.reason, /it gave no answer within 300 ms/)
    })
  }),
)

open('says so while a model hangs in its thread', () =>
  withModelFile(loopingModel(), (path) => {
    const sources: ModelSource[] = [{ kind: 'file', name: 'loop', path }]
    return withCatalogue(sources, { executor: 'thread', runTimeoutMs: 50 }, async ({ catalogue }) => {
      const run = (rounds: number) => catalogue.find()!.run({ feeds: [tensor('float32', [1, 1], [rounds])], rows: 1 })
      await run(1)
      assert.is(catalogue.stuckMs(), 0)
      await rejects(run(LONG), { code: 'modelFailed', message: /it gave no answer within 50 ms/ })
      assert.ok(catalogue.stuckMs() > 0)
      assert.equal(catalogue.list(), [{ name: 'loop', version: '1', state: 'failed', reason: 'it gives no answer' }])
      while (catalogue.stuckMs() > 0) await sleep(5)
      await run(1)
    })
  }),
)

open('refuses new jobs once closed', async () => {
  const sources: ModelSource[] = [{ kind: 'file', name: 'iris', path: examplePath('iris/stable') }]
  let closed: ModelCatalogue | undefined
  await withCatalogue(sources, {}, ({ catalogue }) => {
    closed = catalogue
    return Promise.resolve()
  })
  await rejects(label(closed!), { code: 'draining' })
})

open('refuses to open without the default model', () =>
  withFolder(async (folder) => {
    await rejects(
      withCatalogue([{ kind: 'folder', path: folder }], {}, () => Promise.resolve()),
      {
        name: 'InputError',
        message: /^Cannot use the models: expected a file NAME\/VERSION\/model\.onnx, received none/,
      },
    )
    put('iris/stable', join(folder, 'iris/1/model.onnx'))
    await rejects(
      withCatalogue([{ kind: 'folder', path: folder }], { defaultModel: 'digits' }, () => Promise.resolve()),
      { name: 'InputError', message: 'Cannot use the default model: expected one of iris, received "digits"' },
    )
    writeFileSync(join(folder, 'iris/1/model.onnx'), '')
    await rejects(
      withCatalogue([{ kind: 'folder', path: folder }], {}, () => Promise.resolve()),
      { name: 'InputError', message: /^Cannot use model ".*": expected an ONNX model, received an empty file$/ },
    )
  }),
)

open.run()
