import { InputError } from '#faults'
import { parsePredictionRequest, type ElementType, type Job, type Signature } from '#runtime'
import { parseInferenceRequest } from '../../runtime/protocol/inference-request.ts'
import { parseRawRequest } from '../../runtime/protocol/raw-request.ts'
import type { Random } from '../support/random.ts'
import { mutate } from './plugin-mutations.ts'
import { mutateJson } from './request-mutations.ts'
import type { FuzzTarget } from './run-fuzz.ts'

const MAX_ROWS = 8

const IRIS: Signature = {
  inputs: [{ name: 'input', type: 'float32', shape: ['N', 4] }],
  outputs: [
    { name: 'label', type: 'int64', shape: ['N'] },
    { name: 'probabilities', type: 'float32', shape: ['N', 3] },
  ],
  unsupportedOutputs: [{ name: 'map', reason: 'a sequence, map or optional value' }],
}

/** Inputs of every kind: fixed and varying sizes that depend on each other, any rank, texts, 64 bits. */
const MIXED: Signature = {
  inputs: [
    { name: 'ids', type: 'int64', shape: ['N', 'L'] },
    { name: 'mask', type: 'bool', shape: ['N', 'L'] },
    { name: 'texts', type: 'string', shape: ['N'] },
    { name: 'any', type: 'uint8', shape: [] },
  ],
  outputs: IRIS.outputs,
  unsupportedOutputs: [],
}

const IRIS_ROWS = [
  [5.1, 3.5, 1.4, 0.2],
  [6.7, 3, 5.2, 2.3],
]
const MIXED_VALUES = { ids: [[1, 2]], mask: [[true, false]], texts: ['Ä'], any: [[[1], [2]]] }

const PREDICTIONS = [
  { inputs: IRIS_ROWS, outputs: ['probabilities'] },
  { inputs: { input: IRIS_ROWS[0] } },
  { inputs: MIXED_VALUES },
]

const INFERENCES = [
  {
    id: '1',
    parameters: { binary_data_output: true },
    inputs: [{ name: 'input', shape: [2, 4], datatype: 'FP32', data: IRIS_ROWS }],
    outputs: [{ name: 'label', parameters: { binary_data: false } }],
  },
  { inputs: [{ name: 'input', shape: [0, 4], datatype: 'FP32', data: [] }] },
  {
    inputs: [
      { name: 'ids', shape: [1, 2], datatype: 'INT64', data: [1, 2] },
      { name: 'mask', shape: [1, 2], datatype: 'BOOL', data: [true, false] },
      { name: 'texts', shape: [1], datatype: 'BYTES', data: ['Ä'] },
      { name: 'any', shape: [1, 2, 1], datatype: 'UINT8', data: [1, 2] },
    ],
  },
]

const BINARY = {
  inputs: [
    { name: 'any', shape: [2], datatype: 'UINT8', parameters: { binary_data_size: 2 } },
    { name: 'texts', shape: [1], datatype: 'BYTES', parameters: { binary_data_size: 6 } },
    { name: 'mask', shape: [1, 2], datatype: 'BOOL', parameters: { binary_data_size: 2 } },
    { name: 'ids', shape: [1, 2], datatype: 'INT64', parameters: { binary_data_size: 16 } },
  ],
}
const SECTIONS = Buffer.from('0102' + '02000000c384' + '0100' + '0100000000000000' + 'ffffffffffffffff', 'hex')

/** One target for each way in which a request can come. */
export function requestTargets(): readonly FuzzTarget[] {
  return [
    { name: 'predictions', share: 2, make: makeJson(PREDICTIONS), take: takeBoth(parsePredictionRequest) },
    {
      name: 'inferences in JSON',
      share: 3,
      make: makeJson(INFERENCES),
      take: takeBoth((body, signature) => parseInferenceRequest(body, undefined, signature, MAX_ROWS).job),
    },
    { name: 'inferences in binary form', share: 3, make: makeBinary, take: takeBinary },
    {
      name: 'inferences without JSON',
      share: 1,
      make: (random) => mutate([SECTIONS, Buffer.alloc(32)], random),
      take: takeBoth((body, signature) => parseRawRequest(body, signature, MAX_ROWS).job),
    },
  ]
}

function makeJson(corpus: readonly unknown[]): FuzzTarget['make'] {
  const bytes = corpus.map((value) => Buffer.from(JSON.stringify(value)))
  return (random) => {
    if (random.uniform() < 0.4) return mutate(bytes, random)
    return Buffer.from(mutateJson(corpus[Math.floor(random.uniform() * corpus.length)], random))
  }
}

/** The JSON, its length in the first four bytes, and the sections; the length is sometimes a lie. */
function makeBinary(random: Random): Buffer {
  const value = random.uniform() < 0.5 ? mutateJson(BINARY, random) : JSON.stringify(BINARY)
  const json = random.uniform() < 0.2 ? mutate([Buffer.from(value)], random) : Buffer.from(value)
  const sections = random.uniform() < 0.5 ? mutate([SECTIONS], random) : SECTIONS
  const head = Buffer.alloc(4)
  head.writeUInt32LE(random.uniform() < 0.8 ? json.length : Math.floor(random.uniform() * (json.length + 30)))
  return Buffer.concat([head, json, sections])
}

function takeBinary(input: Buffer): boolean {
  const body = input.subarray(4)
  const jsonBytes = Math.min(input.readUInt32LE(0), body.length)
  return isRefused(body, MIXED, () => parseInferenceRequest(body, jsonBytes, MIXED, MAX_ROWS).job)
}

type Parse = (body: Buffer, signature: Signature, maxRows: number) => Job | { readonly job: Job }

function takeBoth(parse: Parse): FuzzTarget['take'] {
  return (input) => {
    const refusals = [IRIS, MIXED].map((signature) =>
      isRefused(input, signature, () => parse(input, signature, MAX_ROWS)),
    )
    return refusals.every(Boolean)
  }
}

function isRefused(body: Buffer, signature: Signature, parse: () => Job | { readonly job: Job }): boolean {
  try {
    const parsed = parse()
    checkJob('job' in parsed ? parsed.job : parsed, signature, body.length)
    return false
  } catch (error) {
    if (error instanceof InputError) return true
    throw error
  }
}

/** What was decoded fits the model and took no more memory than its sender paid for. */
function checkJob({ feeds, rows }: Job, { inputs }: Signature, bodyBytes: number): void {
  const wrong: string[] = []
  let elements = 0
  for (const [i, { name, type, shape }] of inputs.entries()) {
    const feed = feeds[i]
    if (feed?.type !== type) wrong.push(`${name} is ${String(feed?.type)}`)
    if (feed === undefined) continue
    elements += feed.data.length
    const count = feed.dims.reduce((product, size) => product * size, 1)
    if (count !== feed.data.length) wrong.push(`${name} has ${feed.data.length} elements for ${count}`)
    if (shape.length > 0 && shape.some((dim, axis) => !fitsSize(feed.dims[axis], dim)))
      wrong.push(`${name} has another shape`)
    if (hasHole(feed.data, type)) wrong.push(`${name} has a hole`)
  }
  if (elements > bodyBytes) wrong.push(`${elements} elements out of ${bodyBytes} bytes`)
  if (rows !== undefined && !(rows > 0 && rows <= MAX_ROWS)) wrong.push(`${rows} rows`)
  if (({} as { polluted?: unknown }).polluted !== undefined) wrong.push('the prototype of all objects was changed')
  if (wrong.length > 0) throw new Error(wrong.join('; '))
}

function fitsSize(size: number | undefined, dim: number | string): boolean {
  return size !== undefined && (typeof dim === 'string' || dim === size)
}

function hasHole(data: Job['feeds'][number]['data'], type: ElementType): boolean {
  return Array.isArray(data) && (type !== 'string' || data.some((text) => typeof text !== 'string'))
}
