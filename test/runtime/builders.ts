import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { loadModel, type ElementType, type Model, type Recorder, type Signature, type Tensor } from '#runtime'

/** The path of one of the committed models: `iris/stable`. */
export function examplePath(name: string): string {
  return fileURLToPath(new URL(`../../runtime/examples/${name}.onnx`, import.meta.url))
}

/** Hands over a folder that is removed afterwards. */
export async function withFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'modelgate-model-'))
  try {
    return await use(folder)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** Writes a model file that is removed afterwards, and hands over its path. */
export async function withModelFile<T>(bytes: Buffer, use: (path: string) => Promise<T>): Promise<T> {
  return withFolder((folder) => {
    const path = join(folder, 'made.onnx')
    writeFileSync(path, bytes)
    return use(path)
  })
}

/** Loads a model from bytes, hands it over and frees it. */
export async function withModel<T>(bytes: Buffer, use: (model: Model) => Promise<T>): Promise<T> {
  return withModelFile(bytes, async (path) => using(await loadModel(path), use))
}

/** Loads a committed model, hands it over and frees it. */
export async function withExample<T>(name: string, use: (model: Model) => Promise<T>): Promise<T> {
  return using(await loadModel(examplePath(name)), use)
}

async function using<T>(model: Model, use: (model: Model) => Promise<T>): Promise<T> {
  try {
    return await use(model)
  } finally {
    await model.release()
  }
}

/** A tensor of one type from plain values. */
export function tensor(type: ElementType, dims: readonly number[], values: readonly (number | string)[]): Tensor {
  const numbers = values.map(Number)
  if (type === 'string') return { type, dims, data: values.map(String) }
  if (type === 'int64') return { type, dims, data: BigInt64Array.from(numbers, BigInt) }
  if (type === 'float64') return { type, dims, data: Float64Array.from(numbers) }
  if (type === 'bool') return { type, dims, data: Uint8Array.from(numbers) }
  if (type === 'float32') return { type, dims, data: Float32Array.from(numbers) }
  throw new RangeError(`Cannot build a tensor: ${type} is not among the builder's types`)
}

/** The signature of the iris models. */
export function irisSignature(change: Partial<Signature> = {}): Signature {
  return {
    inputs: [{ name: 'input', type: 'float32', shape: ['N', 4] }],
    outputs: [
      { name: 'label', type: 'int64', shape: ['N'] },
      { name: 'probabilities', type: 'float32', shape: ['N', 3] },
    ],
    unsupportedOutputs: [],
    ...change,
  }
}

/** A model without ONNX Runtime: `y = 2 x` per row, which fails where a row holds a negative number. */
export function doublingModel(change: Partial<Model> = {}): Model & { readonly runs: number[] } {
  const runs: number[] = []
  return {
    name: 'doubling',
    digest: '00',
    signature: {
      inputs: [{ name: 'x', type: 'float32', shape: ['N', 1] }],
      outputs: [{ name: 'y', type: 'float32', shape: ['N', 1] }],
      unsupportedOutputs: [],
    },
    runs,
    run([x]) {
      const values = Array.from(x!.data as Float32Array)
      runs.push(values.length)
      if (values.some((value) => value < 0)) return Promise.reject(new Error('negative'))
      const doubled = values.map((value) => 2 * value)
      return Promise.resolve([tensor('float32', x!.dims, doubled)])
    },
    release: () => Promise.resolve(),
    ...change,
  }
}

/** A recorder that remembers each call as text. */
export function rememberingRecorder(): Recorder & { readonly calls: string[] } {
  const calls: string[] = []
  return {
    calls,
    request: (endpoint, code) => calls.push(`request ${endpoint} ${code}`),
    latency: (endpoint, seconds) => calls.push(`latency ${endpoint} ${seconds >= 0 ? 'measured' : 'wrong'}`),
    predictedClass: (output, className) => calls.push(`class ${output} ${className}`),
    predictedValue: (output, value) => calls.push(`value ${output} ${value}`),
    nonFinite: (output, elements) => calls.push(`nonFinite ${output} ${elements}`),
  }
}
