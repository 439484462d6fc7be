import { rejects } from 'node:assert/strict'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { compareVersions, listModelFiles } from '../../../runtime/catalogue/model-source.ts'
import { withFolder } from '../builders.ts'

const list = suite('listModelFiles()')

function addVersion(folder: string, version: string): void {
  mkdirSync(join(folder, version), { recursive: true })
  writeFileSync(join(folder, version, 'model.onnx'), '')
}

list('takes a file as version 1', async () => {
  assert.equal(await listModelFiles([{ kind: 'file', name: 'iris', path: '/a.onnx' }]), [
    { name: 'iris', version: '1', path: '/a.onnx' },
  ])
})

list('takes a folder by name and version, versions as numbers', () =>
  withFolder(async (folder) => {
    for (const version of ['iris/10', 'iris/2', 'digits/1']) addVersion(folder, version)
    const files = await listModelFiles([{ kind: 'folder', path: folder }])
    assert.equal(
      files.map(({ name, version }) => `${name}/${version}`),
      ['digits/1', 'iris/2', 'iris/10'],
    )
    assert.is(files[0]!.path, join(folder, 'digits/1/model.onnx'))
  }),
)

list('leaves out what is no version, or has no model', () =>
  withFolder(async (folder) => {
    for (const version of ['iris/01', 'iris/0', 'iris/latest', 'iris/-1', '.hidden/1']) addVersion(folder, version)
    mkdirSync(join(folder, 'iris/7'))
    mkdirSync(join(folder, 'iris/8/model.onnx'), { recursive: true })
    writeFileSync(join(folder, 'README.md'), '')
    assert.equal(await listModelFiles([{ kind: 'folder', path: folder }]), [])
  }),
)

list('follows symbolic links, as in a ConfigMap', () =>
  withFolder(async (folder) => {
    addVersion(join(folder, '..data-1/iris'), '3')
    symlinkSync('..data-1', join(folder, '..data'))
    symlinkSync('..data/iris', join(folder, 'iris'))
    const [file] = await listModelFiles([{ kind: 'folder', path: folder }])
    assert.equal([file!.name, file!.version], ['iris', '3'])
  }),
)

list('refuses two files for one version', () =>
  withFolder(async (folder) => {
    addVersion(folder, 'iris/1')
    await rejects(
      listModelFiles([
        { kind: 'file', name: 'iris', path: '/a.onnx' },
        { kind: 'folder', path: folder },
      ]),
      { name: 'InputError', message: /expected one file for version 1 of model 'iris', received "\/a\.onnx" and "/ },
    )
  }),
)

list('refuses a folder that is none', () =>
  rejects(listModelFiles([{ kind: 'folder', path: '/nowhere' }]), {
    name: 'InputError',
    message: /^Cannot use folder "\/nowhere": it cannot be listed \(ENOENT/,
  }),
)

list.run()

const compare = suite('compareVersions()')

compare('orders by name, then by version as a number', () => {
  const versions = [
    { name: 'b', version: '2' },
    { name: 'a', version: '10' },
    { name: 'a', version: '9' },
  ]
  assert.equal(
    versions.sort(compareVersions).map(({ name, version }) => name + version),
    ['a9', 'a10', 'b2'],
  )
})

compare.run()
