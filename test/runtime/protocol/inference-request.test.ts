import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { InputError } from '#faults'
import type { Signature } from '#runtime'
import { parseInferenceRequest, type InferenceRequest } from '../../../runtime/protocol/inference-request.ts'
import { irisSignature } from '../builders.ts'

const parse = suite('parseInferenceRequest()')

const INPUT = { name: 'input', shape: [1, 4], datatype: 'FP32', data: [1, 2, 3, 4] }
const BINARY = { name: 'input', shape: [1, 4], datatype: 'FP32', parameters: { binary_data_size: 16 } }
const SECTION = Buffer.from(Float32Array.of(1, 2, 3, 4).buffer)

const PAIR: Signature = {
  inputs: [
    { name: 'a', type: 'uint8', shape: ['N'] },
    { name: 'b', type: 'string', shape: ['N'] },
  ],
  outputs: [
    { name: 'y', type: 'float16', shape: ['N'] },
    { name: 'z', type: 'int64', shape: ['N'] },
  ],
  unsupportedOutputs: [{ name: 'map', reason: 'a sequence, map or optional value' }],
}

function read(value: unknown, signature = irisSignature(), sections?: Buffer): InferenceRequest {
  const json = Buffer.from(typeof value === 'string' ? value : JSON.stringify(value))
  if (sections === undefined) return parseInferenceRequest(json, undefined, signature, 10)
  return parseInferenceRequest(Buffer.concat([json, sections]), json.length, signature, 10)
}

function faultsOf(value: unknown, signature?: Signature, sections?: Buffer): string[] {
  try {
    read(value, signature, sections)
  } catch (error) {
    if (error instanceof InputError)
      return error.faults.map(({ path, text }) => (path === '' ? text : `${path}: ${text}`))
    throw error
  }
  return []
}

parse('reads a request in JSON; all outputs are wanted in JSON', () => {
  const { id, job, outputs } = read({ inputs: [INPUT] })
  assert.is(id, undefined)
  assert.equal(job, { feeds: [{ type: 'float32', dims: [1, 4], data: Float32Array.of(1, 2, 3, 4) }], rows: 1 })
  assert.equal(outputs, [
    { index: 0, binary: false },
    { index: 1, binary: false },
  ])
})

parse('reads binary sections in the order of the inputs, whatever the order of the model', () => {
  const { job } = read(
    {
      model_name: 'pair',
      inputs: [
        { name: 'b', shape: [2], datatype: 'BYTES', parameters: { binary_data_size: 9 } },
        { name: 'a', shape: [2], datatype: 'UINT8', parameters: { binary_data_size: 2 } },
      ],
      outputs: [{ name: 'z' }],
    },
    PAIR,
    Buffer.from('00000000' + '01000000' + '62' + '0708', 'hex'),
  )
  assert.equal(
    job.feeds.map(({ data }) => data),
    [Uint8Array.of(7, 8), ['', 'b']],
  )
})

parse('reads JSON and binary inputs side by side', () => {
  const inputs = [
    { name: 'a', shape: [1], datatype: 'UINT8', data: [7] },
    { name: 'b', shape: [1], datatype: 'BYTES', parameters: { binary_data_size: 5 } },
  ]
  const { job } = read({ inputs, outputs: [{ name: 'z' }] }, PAIR, Buffer.from('01000000' + '62', 'hex'))
  assert.equal(
    job.feeds.map(({ data }) => data),
    [Uint8Array.of(7), ['b']],
  )
})

parse('lets an output decide on its form before the request does', () => {
  const { outputs } = read({
    parameters: { binary_data_output: true },
    inputs: [INPUT],
    outputs: [{ name: 'probabilities' }, { name: 'label', parameters: { binary_data: false } }],
  })
  assert.equal(outputs, [
    { index: 1, binary: true },
    { index: 0, binary: false },
  ])
})

parse('lets an empty tensor through alone, since it has no rows', () => {
  const { job } = read({ inputs: [{ ...INPUT, shape: [0, 4], data: [] }] })
  assert.is(job.rows, undefined)
})

parse('takes a tensor of any rank where the model names none', () => {
  const signature = irisSignature({ inputs: [{ name: 'input', type: 'float32', shape: [] }] })
  assert.equal(read({ inputs: [INPUT] }, signature).job.feeds[0]!.dims, [1, 4])
})

parse('keeps the id', () => {
  assert.is(read({ id: '', inputs: [INPUT] }).id, '')
})

const FAULTY: readonly (readonly [string, unknown, readonly string[], (Signature | undefined)?, Buffer?])[] = [
  ['nothing', '', [/^expected a JSON object such as .*, received nothing$/.source]],
  ['half an object', '{"inputs":', ['^expected JSON, received malformed text \\(']],
  ['a list', '[]', ['received a list of 0$']],
  ['no inputs', {}, ['^inputs: expected array, received nothing$']],
  ['an empty list of inputs', { inputs: [] }, ['^inputs: expected input "input", received nothing$']],
  ['unknown keys', { inputs: [INPUT], input: 1 }, ['^unknown key "input"$']],
  ['__proto__', `{"__proto__":{"inputs":1},"inputs":[]}`, ['__proto__|expected input']],
  ['a number as id', { id: 7, inputs: [INPUT] }, ['^id: expected string, received 7$']],
  ['nested parameters', { parameters: { a: {} }, inputs: [INPUT] }, ['^parameters.a: .*, received an object$']],
  [
    'an unknown input',
    { inputs: [INPUT, { ...INPUT, name: 'x' }] },
    ['^inputs\\[1\\].name: expected each of "input" once'],
  ],
  [
    'an input twice',
    { inputs: [INPUT, INPUT] },
    ['^inputs\\[1\\].name: expected each of "input" once, received "input"$'],
  ],
  [
    'another datatype',
    { inputs: [{ ...INPUT, datatype: 'FP64' }] },
    ['^inputs\\[0\\].datatype: expected "FP32", received "FP64"$'],
  ],
  [
    'another shape',
    { inputs: [{ ...INPUT, shape: [4] }] },
    ['^inputs\\[0\\].shape: expected sizes for float32\\[N,4\\], received \\[4\\]$'],
  ],
  [
    'a negative size',
    { inputs: [{ ...INPUT, shape: [-1, 4] }] },
    ['^inputs\\[0\\].shape\\[0\\]: expected a size of 0 or more, received -1$'],
  ],
  ['a fraction as size', { inputs: [{ ...INPUT, shape: [0.5, 4] }] }, ['^inputs\\[0\\].shape\\[0\\]: expected int']],
  [
    'sizes beyond memory',
    { inputs: [{ ...INPUT, shape: [9e15, 4] }] },
    ['^inputs\\[0\\].data: expected a list of 36000000000000000'],
  ],
  [
    'an empty tensor of vast sizes',
    { inputs: [{ ...INPUT, shape: [0, 1e6, 1e6], data: [] }] },
    ['^inputs\\[0\\].shape: '],
    irisSignature({ inputs: [{ name: 'input', type: 'float32', shape: [] }] }),
  ],
  [
    'too many rows',
    { inputs: [{ ...INPUT, shape: [11, 4], data: Array(44).fill(0) }] },
    ['^inputs: expected at most 10 rows, received 11$'],
  ],
  [
    'too many elements',
    { inputs: [{ ...INPUT, data: [1, 2, 3, 4, 5] }] },
    ['^inputs\\[0\\].data: expected a list of 4 numbers, received a list of 5$'],
  ],
  [
    'data beside binary data',
    { inputs: [{ ...INPUT, ...BINARY }] },
    ['^inputs\\[0\\].data: expected nothing beside binary data$'],
    undefined,
    SECTION,
  ],
  [
    'binary data without the header',
    { inputs: [BINARY] },
    ['binary_data_size: expected the header Inference-Header-Content-Length, received 16$'],
  ],
  [
    'more binary data than there is',
    { inputs: [BINARY] },
    ['binary_data_size: expected 0 to 15, received 16$'],
    undefined,
    SECTION.subarray(1),
  ],
  [
    'binary data for no input',
    { inputs: [BINARY] },
    ['^inputs: expected inputs for all bytes behind the JSON, received 1 more bytes$'],
    undefined,
    Buffer.concat([SECTION, Buffer.alloc(1)]),
  ],
  [
    'fewer bytes than the shape asks for',
    { inputs: [{ ...BINARY, shape: [2, 4] }] },
    ['^inputs\\[0\\]: expected 32 bytes for 8 elements, received 16 bytes$'],
    undefined,
    SECTION,
  ],
  [
    'a fraction of a byte',
    { inputs: [{ ...BINARY, parameters: { binary_data_size: 1.5 } }] },
    ['expected 0 to 16, received 1.5$'],
    undefined,
    SECTION,
  ],
  [
    'an unknown output',
    { inputs: [INPUT], outputs: [{ name: 'x' }] },
    ['^outputs\\[0\\].name: expected one of "label", "probabilities", each once, received "x"$'],
  ],
  [
    'an output twice',
    { inputs: [INPUT], outputs: [{ name: 'label' }, { name: 'label' }] },
    ['^outputs\\[1\\].name: expected one of'],
  ],
  [
    'a text as flag',
    { inputs: [INPUT], outputs: [{ name: 'label', parameters: { binary_data: 'yes' } }] },
    ['^outputs\\[0\\].parameters.binary_data: expected true or false, received "yes"$'],
  ],
  [
    'classification',
    { inputs: [INPUT], outputs: [{ name: 'label', parameters: { classification: 2 } }] },
    ['classification: expected nothing, since'],
  ],
]

for (const [name, value, patterns, signature, sections] of FAULTY) {
  parse(`refuses ${name}`, () => {
    const faults = faultsOf(value, signature, sections)
    assert.is(faults.length, patterns.length, faults.join('\n'))
    for (const [i, pattern] of patterns.entries()) assert.match(faults[i]!, new RegExp(pattern))
  })
}

parse('names every fault at once', () => {
  const inputs = [
    { name: 'a', shape: [1], datatype: 'INT8', data: [1] },
    { name: 'b', shape: [1], datatype: 'BYTES', data: [1] },
  ]
  assert.equal(faultsOf({ inputs, outputs: [{ name: 'y' }, { name: 'map' }] }, PAIR), [
    'inputs[0].datatype: expected "UINT8", received "INT8"',
    'inputs[1].data[0]: expected a text, received 1',
    'outputs[1].name: expected one of "y", "z", each once, received "map", which is a sequence, map or optional value',
    'outputs: expected "binary_data": true for \'y\', since FP16 has no form in JSON',
  ])
})

parse('lists twenty faults at most and says how many more there are', () => {
  const faults = faultsOf({ inputs: Array(30).fill({ ...INPUT, name: 'x' }) })
  assert.is(faults.length, 21)
  assert.is(faults[20], '11 more faults')
})

parse('refuses half floats in JSON', () => {
  const signature = irisSignature({ inputs: [{ name: 'input', type: 'float16', shape: ['N'] }] })
  const value = { inputs: [{ name: 'input', shape: [1], datatype: 'FP16', data: [1] }] }
  assert.equal(faultsOf(value, signature), ['inputs[0].data: expected binary data, since FP16 has no form in JSON'])
})

parse('changes no prototype', () => {
  faultsOf(
    '{"__proto__":{"polluted":1},"parameters":{"__proto__":{"polluted":1}},"inputs":[{"__proto__":{"polluted":1}}]}',
  )
  assert.is(({} as { polluted?: unknown }).polluted, undefined)
})

parse.run()
