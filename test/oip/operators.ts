/*
 * Sends the inputs of ONNX's operator models to the model server over HTTP, in binary form and in JSON, and compares what
 * comes back with ONNX's expected outputs:
 *
 *     node test/oip/operators.ts FOLDER
 *
 * Every model counts as passed, unsupported for a named reason, explained, or failed; ends with 1 if any failed.
 */
import { readdirSync, readFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { InputError } from '#faults'
import { buildInferenceApp, batchingExecutor, loadModel, singleModel, type Model, type Tensor } from '#runtime'
import { difference } from './difference.ts'
import { infer } from './inference-client.ts'
import { readTensorProto } from './tensor-proto.ts'

const KINDS = ['node', 'pytorch-converted', 'pytorch-operator', 'simple'] as const
const MAX_BODY_BYTES = 256 * 1024 * 1024

/** Relative tolerance of ONNX's own backend tests. */
const RELATIVE = 1e-3

/** Models that ONNX Runtime answers otherwise than ONNX expects, and why. The server must still give what ONNX Runtime gave. */
const EXPLAINED: readonly (readonly [RegExp, string])[] = [
  [/bernoulli|^test_training_dropout/, 'draws random numbers'],
  [/^test_cast.*FLOAT_to_STRING/, 'ONNX Runtime writes numbers with 8 digits, numpy with 7'],
  [/^test_(dft|stft)/, 'ONNX Runtime sums in another order: elements near 0 differ by up to 2e-4'],
  [/^test_resize_downsample_scales_(cubic|linear)_align_corners$/, 'ONNX Runtime aligns corners by another rule'],
  [/^test_maxunpool_export_with_output_shape$/, 'ONNX Runtime places the values by another rule'],
]

const RANDOM = EXPLAINED[0]![0]

/** Why a model cannot be served, from what is said when it is loaded. */
const UNSUPPORTED: readonly (readonly [RegExp, string])[] = [
  [
    /a sequence, map or optional value|outputs: expected a supported tensor/,
    'takes or gives sequences or optional values',
  ],
  [/Unsupported data type: 16/, 'takes or gives bfloat16, which onnxruntime-node cannot carry'],
  [/Could not find an implementation/, 'ONNX Runtime has no kernel for this version or element type of the operator'],
  [/is not a registered function/, 'ONNX Runtime does not know the operator (training)'],
  [/layout == 1\) are not supported/, 'ONNX Runtime has no batchwise recurrent operators'],
  [/Failed to construct locale/, 'this machine has no locale en_US.UTF-8'],
]

type Outcome =
  { readonly kind: 'passed' } | { readonly kind: 'unsupported' | 'explained' | 'failed'; readonly reason: string }

const PASSED: Outcome = { kind: 'passed' }

async function tryModel(folder: string, name: string): Promise<Outcome> {
  let model: Model
  try {
    model = await loadModel(join(folder, 'model.onnx'), name)
  } catch (error) {
    if (error instanceof InputError) return unsupportedOr(error.message)
    throw error
  }
  try {
    return await tryServed(model, folder)
  } finally {
    await model.release()
  }
}

async function tryServed(model: Model, folder: string): Promise<Outcome> {
  const app = buildInferenceApp({
    catalogue: singleModel(model, batchingExecutor(model, { maxBatchRows: 1, maxQueuedRows: 1 })),
    recorder: {
      request: ignore,
      latency: ignore,
      predictedClass: ignore,
      predictedValue: ignore,
      nonFinite: ignore,
    },
    exposition: { contentType: 'text/plain', text: () => Promise.resolve('') },
    classNames: [],
    maxBodyBytes: MAX_BODY_BYTES,
    maxRows: MAX_BODY_BYTES,
    onModelFailure: ignore,
    onFault: (error) => {
      throw error
    },
  })
  app.phase = 'ready'
  await app.server.listen({ host: '127.0.0.1', port: 0 })
  try {
    const { port } = app.server.server.address() as AddressInfo
    const url = `http://127.0.0.1:${port}/v2/models/${model.name}/infer`
    for (const set of readdirSync(folder).filter((entry) => entry.startsWith('test_data_set_'))) {
      const outcome = await trySet(url, model, join(folder, set))
      if (outcome.kind !== 'passed') return outcome
    }
    return PASSED
  } finally {
    await app.server.close()
  }
}

async function trySet(url: string, model: Model, folder: string): Promise<Outcome> {
  const { inputs, outputs, unsupportedOutputs } = model.signature
  const feeds = inputs.map((_, i) => readTensor(join(folder, `input_${i}.pb`)))
  const direct = await model.run(feeds)
  const isRandom = RANDOM.test(model.name)
  // FP16 has no form in JSON.
  const hasHalf = [...inputs, ...outputs].some(({ type }) => type === 'float16')
  for (const form of hasHalf ? (['binary'] as const) : (['binary', 'json'] as const)) {
    const answer = await infer(url, model.signature, feeds, form)
    if ('error' in answer) return { kind: 'failed', reason: `${form}, ${answer.status}: ${answer.error}` }
    for (const [i, { name }] of outputs.entries()) {
      const differs = difference(answer.outputs.get(name)!, direct[i]!, isRandom ? Infinity : 0)
      if (differs !== undefined) return { kind: 'failed', reason: `${form}, output '${name}' on its way: ${differs}` }
    }
  }
  if (unsupportedOutputs.length > 0) return { kind: 'failed', reason: 'outputs cannot be told apart' }
  for (const [i, { name }] of outputs.entries()) {
    const differs = difference(direct[i]!, readTensor(join(folder, `output_${i}.pb`)), RELATIVE)
    if (differs !== undefined) return explainedOr(model.name, `output '${name}': ${differs}`)
  }
  return PASSED
}

function explainedOr(name: string, reason: string): Outcome {
  const known = EXPLAINED.find(([pattern]) => pattern.test(name))
  return known === undefined ? { kind: 'failed', reason } : { kind: 'explained', reason: known[1] }
}

function readTensor(path: string): Tensor {
  const tensor = readTensorProto(readFileSync(path))
  if (tensor === undefined) throw new Error(`${path} holds no supported tensor`)
  return tensor
}

function unsupportedOr(message: string): Outcome {
  const known = UNSUPPORTED.find(([pattern]) => pattern.test(message))
  return known === undefined ? { kind: 'failed', reason: message } : { kind: 'unsupported', reason: known[1] }
}

function ignore(): void {
  return undefined
}

const [root] = process.argv.slice(2)
if (root === undefined) throw new Error('Cannot run the operator models: expected their folder as the argument')
const counts = new Map<string, number>()
let failed = 0
for (const kind of KINDS) {
  for (const name of readdirSync(join(root, kind)).sort()) {
    const outcome = await tryModel(join(root, kind, name), name)
    const line = outcome.kind === 'passed' ? 'passed' : `${outcome.kind}: ${outcome.reason}`
    if (outcome.kind === 'failed') {
      failed += 1
      process.stdout.write(`${kind}/${name} failed: ${outcome.reason}\n`)
    } else counts.set(line, (counts.get(line) ?? 0) + 1)
  }
}
for (const [line, count] of [...counts].sort(([, a], [, b]) => b - a))
  process.stdout.write(`${String(count).padStart(5)} ${line}\n`)
process.stdout.write(`${String(failed).padStart(5)} failed\n`)
process.exitCode = failed > 0 ? 1 : 0
