import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { isModelFile } from '../../../src/comparison/model-file.ts'
import { examplePath, withFolder, withModelFile } from '../../runtime/builders.ts'
import { identityModel, onnxModel } from '../../runtime/onnx-model.ts'

const whole = suite('isModelFile()')

whole('knows a model, whether or not anyone can run it', async () => {
  assert.ok(await isModelFile(examplePath('digits/stable')))
  const x = { name: 'x', type: 'float32' } as const
  const unknown = onnxModel({
    inputs: [x],
    outputs: [{ ...x, name: 'y' }],
    nodes: [{ op: 'Nonsense', inputs: ['x'], outputs: ['y'] }],
  })
  await withModelFile(unknown, async (path) => {
    assert.ok(await isModelFile(path))
  })
})

whole('knows fields of every form, the graph among them', async () => {
  const graph = [0x3a, 0x01, 0x00]
  for (const before of [
    [0x08, 0x08], // ir_version, a varint
    [0xa1, 0x06, 1, 2, 3, 4, 5, 6, 7, 8], // field 100, 64 bits
    [0xa5, 0x06, 1, 2, 3, 4], // field 100, 32 bits
    [0x12, 0x03, 0x61, 0x62, 0x63], // producer_name, three letters
  ]) {
    assert.ok(await holds([...before, ...graph]), before.join(' '))
    assert.not.ok(await holds(before), `${before.join(' ')} without a graph`)
  }
})

whole('refuses a model that breaks off, wherever it does', async () => {
  const model = identityModel('float32', ['N', 2])
  for (let length = 0; length < model.length; length += 1) {
    // The last field of this model, which follows the graph, tells of the operators.
    const isWhole = length === model.length - OPSET_BYTES
    assert.is(await holds(model.subarray(0, length)), isWhole, `${length} of ${model.length} bytes`)
  }
  assert.ok(await holds(model))
})

for (const [name, text] of [
  ['nothing', ''],
  ['a text', 'this is no model\n'],
  ['an error page', '<!doctype html><title>404</title>'],
  ['a pointer to a file elsewhere', 'version https://git-lfs.github.com/spec/v1\noid sha256:ab\nsize 1\n'],
  ['a number that does not end', '\xff'.repeat(40)],
  ['fields with the number 0', '\0'.repeat(40)],
] as const) {
  whole(`refuses ${name}`, async () => {
    assert.not.ok(await holds(Buffer.from(text, 'latin1')))
  })
}

whole('refuses what cannot be read', async () => {
  await withFolder(async (folder) => {
    assert.not.ok(await isModelFile(folder))
    assert.not.ok(await isModelFile(join(folder, 'missing.onnx')))
  })
})

whole.run()

/** opset_import: its header, an empty domain and version 17. */
const OPSET_BYTES = 6

async function holds(bytes: Iterable<number>): Promise<boolean> {
  return withFolder(async (folder) => {
    const path = join(folder, 'made.onnx')
    writeFileSync(path, Buffer.from([...bytes]))
    return isModelFile(path)
  })
}
