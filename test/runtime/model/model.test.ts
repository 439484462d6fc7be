import { rejects } from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { InputError } from '#faults'
import { describeSignature, loadModel, type ElementType } from '#runtime'
import { elementRules } from '../../../runtime/model/element-type.ts'
import { examplePath, tensor, withExample, withModel } from '../builders.ts'
import { identityModel, onnxModel } from '../onnx-model.ts'

const load = suite('loadModel()')

load('reads name, digest and signature', () =>
  withExample('iris/stable', (model) => {
    assert.is(model.name, 'stable')
    assert.match(model.digest, /^[0-9a-f]{64}$/)
    assert.is(describeSignature(model.signature), 'input float32[N,4] -> label int64[N], probabilities float32[N,3]')
    return Promise.resolve()
  }),
)

load('runs', () =>
  withExample('iris/stable', async (model) => {
    const [label, probabilities] = await model.run([tensor('float32', [2, 4], [5.1, 3.5, 1.4, 0.2, 6.7, 3, 5.2, 2.3])])
    assert.equal(label, tensor('int64', [2], [0, 2]))
    assert.equal(probabilities?.dims, [2, 3])
  }),
)

const VALUES: readonly (readonly [ElementType, readonly unknown[]])[] = [
  ['float32', [0.5, -1]],
  ['float64', [0.1, -1e300]],
  ['int8', [-128, 127]],
  ['int16', [-32_768, 32_767]],
  ['int32', [-2_147_483_648, 2_147_483_647]],
  ['int64', [-9_007_199_254_740_991, 9_007_199_254_740_991]],
  ['uint8', [0, 255]],
  ['uint16', [0, 65_535]],
  ['uint32', [0, 4_294_967_295]],
  ['uint64', [0, 9_007_199_254_740_991]],
  ['bool', [true, false]],
  ['string', ['a', 'Ä']],
]

for (const [type, values] of VALUES) {
  load(`carries ${type} there and back`, () =>
    withModel(identityModel(type, ['N', 2]), async (model) => {
      const { allocate, fill } = elementRules(type)
      const data = allocate(2)
      fill(data, 0, values)
      const [output] = await model.run([{ type, dims: [1, 2], data }])
      assert.equal([output?.type, output?.dims], [type, [1, 2]])
      assert.equal(Array.from(output?.data ?? [], String), Array.from(data, String))
    }),
  )
}

load('serves the outputs that are tensors and lists the others', () => {
  const value = { type: 'float32', shape: ['N'] } as const
  const bytes = onnxModel({
    inputs: [{ name: 'x', ...value }],
    outputs: [
      { name: 'list', ...value, sequence: true },
      { name: 'y', ...value },
    ],
    nodes: [
      { op: 'SequenceConstruct', inputs: ['x'], outputs: ['list'] },
      { op: 'Identity', inputs: ['x'], outputs: ['y'] },
    ],
  })
  return withModel(bytes, async ({ signature, run }) => {
    assert.is(describeSignature(signature), 'x float32[N] -> y float32[N]')
    assert.equal(signature.unsupportedOutputs, [{ name: 'list', reason: 'a sequence, map or optional value' }])
    assert.equal(await run([tensor('float32', [1], [3])]), [tensor('float32', [1], [3])])
  })
})

load('reports a failure of the model in one line', () =>
  withExample('iris/failing', async (model) => {
    await rejects(model.run([tensor('float32', [1, 4], [7, 3, 6.5, 2])]), {
      name: 'ServingError',
      code: 'modelFailed',
      message: /^Cannot run model 'failing': [^\n]*indices element out of data bounds[^\n]*$/,
    })
  }),
)

load('refuses inputs that no request can carry', async () => {
  const sequence = { type: 'float32', sequence: true } as const
  const bytes = onnxModel({
    inputs: [{ name: 'x', ...sequence }],
    outputs: [{ name: 'y', ...sequence }],
    nodes: [{ op: 'Identity', inputs: ['x'], outputs: ['y'] }],
  })
  await rejects(
    withModel(bytes, () => Promise.resolve()),
    (error: unknown) => {
      assert.instance(error, InputError)
      assert.match(
        (error as InputError).message,
        /input 'x': expected a supported tensor, received a sequence, map or optional value/,
      )
      return true
    },
  )
})

load('refuses files that are not there', async () => {
  await rejects(loadModel('/nowhere/model.onnx'), {
    name: 'InputError',
    message: /^Cannot use model "\/nowhere\/model.onnx": the file cannot be read \(ENOENT/,
  })
})

load('refuses a folder', async () => {
  await rejects(loadModel(tmpdir()), { name: 'InputError', message: /the file cannot be read \(EISDIR/ })
})

for (const [name, bytes, reason] of [
  ['an empty file', Buffer.alloc(0), /expected an ONNX model, received an empty file/],
  ['text', Buffer.from('not a model'), /expected an ONNX model that ONNX Runtime can load, it says "/],
  [
    'half a model',
    identityModel('float32', ['N']).subarray(0, 20),
    /expected an ONNX model that ONNX Runtime can load, it says "/,
  ],
] as const) {
  load(`refuses ${name}`, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'modelgate-model-'))
    const path = join(folder, 'bad.onnx')
    writeFileSync(path, bytes)
    try {
      await rejects(loadModel(path), { name: 'InputError', message: reason })
      await rejects(loadModel(path), { message: /^[^\n]*$/ })
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
}

load('takes another name', async () => {
  const model = await loadModel(examplePath('iris/stable'), 'iris')
  await model.release()
  assert.is(model.name, 'iris')
})

load('goes on with the next execution provider where one cannot be used, and says why', async () => {
  const model = await loadModel(examplePath('iris/stable'), 'iris', { providers: ['cuda', 'cpu'] })
  await model.release()
  const [skipped, ...others] = model.skippedProviders ?? []
  assert.equal([skipped!.name, others], ['cuda', []])
  assert.match(skipped!.reason, /^ONNX Runtime says ".*" \(its libraries do not come with this build\)$/)
})

load('refuses an execution provider that cannot be used where there is no other', () =>
  rejects(loadModel(examplePath('iris/stable'), 'iris', { providers: ['cuda'] }), {
    name: 'InputError',
    message: /: expected a model that execution provider 'cuda' can run, ONNX Runtime says "/,
  }),
)

load.run()
