import { rejects } from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openCandidate, openContained } from '../../../src/comparison/open-models.ts'
import { examplePath, withModelFile } from '../../runtime/builders.ts'
import { onnxModel } from '../../runtime/onnx-model.ts'
import { hasRuntime, killIfThere, modelProcesses } from './model-processes.ts'

const RUN_TIMEOUT_MS = 30_000
const MAX_START_MS = 60_000

const candidate = suite('openCandidate()')

candidate('loads a model', async () => {
  const opened = await openCandidate(examplePath('iris/good'), RUN_TIMEOUT_MS)
  await opened.model.release()
  assert.is(opened.kind, 'contained')
  assert.match(opened.about.signature ?? '', 'label int64[N]')
})

candidate('finds that the process ends which loads it', async () => {
  await withModelFile(slowToLoad(), async (path) => {
    const opening = openCandidate(path, RUN_TIMEOUT_MS)
    await endLoading('SIGSEGV')
    const opened = await opening
    assert.equal([opened.kind, opened.about.name, opened.about.signature], ['unloadable', 'made.onnx', null])
    assert.match(opened.about.sha256, /^[0-9a-f]{64}$/)
    assert.is('reason' in opened ? opened.reason : '', 'the process that loads it ended (signal SIGSEGV)')
  })
})

candidate('finds that ONNX Runtime refuses it', async () => {
  const model = onnxModel({ inputs: [X], outputs: [Y], nodes: [{ op: 'Nonsense', inputs: ['x'], outputs: ['y'] }] })
  await withModelFile(model, async (path) => {
    const opened = await openCandidate(path, RUN_TIMEOUT_MS)
    assert.match(
      'reason' in opened ? opened.reason : '',
      /ONNX Runtime can load, it says .*No Op registered for Nonsense/,
    )
  })
})

candidate('finds that no request can carry its inputs', async () => {
  const sequences = { ...X, sequence: true }
  const nodes = [{ op: 'ConcatFromSequence', inputs: ['x'], outputs: ['y'], attributes: { axis: 0 } }]
  await withModelFile(onnxModel({ inputs: [sequences], outputs: [Y], nodes }), async (path) => {
    const opened = await openCandidate(path, RUN_TIMEOUT_MS)
    assert.match('reason' in opened ? opened.reason : '', /^input 'x': expected a supported tensor/)
  })
})

candidate('refuses a file that is no model, is empty or is not there', async () => {
  for (const text of ['<html>404</html>', '']) {
    await withModelFile(Buffer.from(text), async (path) => {
      await rejects(openCandidate(path, RUN_TIMEOUT_MS), /InputError: .*expected an ONNX model/)
    })
  }
  await rejects(openCandidate('/nowhere/made.onnx', RUN_TIMEOUT_MS), /InputError: .*the file cannot be read/)
})

candidate.run()

const contained = suite('openContained()')

contained('refuses a model whose process ends, which leaves nothing to compare with', async () => {
  await withModelFile(slowToLoad(), async (path) => {
    const opening = rejects(
      openContained(path, RUN_TIMEOUT_MS),
      /InputError: .*process that loads it ended \(signal SIGSEGV\)/,
    )
    await endLoading('SIGSEGV')
    await opening
  })
})

contained.run()

const X = { name: 'x', type: 'float32', shape: ['N', 1] } as const
const Y = { ...X, name: 'y' }

/** Minutes of work with constants, which ONNX Runtime does once, while it loads. */
function slowToLoad(): Buffer {
  const products = Array.from({ length: 1_000 }, (_, i) => ({
    op: 'MatMul',
    inputs: [`m${i}`, `m${i}`],
    outputs: [`m${i + 1}`],
  }))
  return onnxModel({
    constants: [{ name: 'side', dims: [2], values: Float32Array.of(1_500, 1_500) }],
    inputs: [X],
    outputs: [Y],
    nodes: [
      { op: 'Cast', inputs: ['side'], outputs: ['sides'], attributes: { to: 7 } },
      { op: 'ConstantOfShape', inputs: ['sides'], outputs: ['m0'] },
      ...products,
      { op: 'ReduceMax', inputs: [`m${products.length}`], outputs: ['most'], attributes: { keepdims: 0 } },
      { op: 'Add', inputs: ['x', 'most'], outputs: ['y'] },
    ],
  })
}

/** Ends the process that loads a model as soon as ONNX Runtime is at it. */
async function endLoading(signal: NodeJS.Signals): Promise<void> {
  for (let waitedMs = 0; waitedMs < MAX_START_MS; waitedMs += 20) {
    const pid = modelProcesses().find(hasRuntime)
    if (pid !== undefined) {
      killIfThere(pid, signal)
      return
    }
    await sleep(20)
  }
  assert.unreachable('no process loads a model')
}
