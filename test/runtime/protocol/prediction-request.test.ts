import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { InputError } from '#faults'
import { parsePredictionRequest, type Signature } from '#runtime'
import { irisSignature, tensor } from '../builders.ts'

const parse = suite('parsePredictionRequest()')

function read(body: unknown, { signature = irisSignature(), maxRows = 10 } = {}) {
  const bytes = Buffer.isBuffer(body) ? body : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body))
  return parsePredictionRequest(bytes, signature, maxRows)
}

function refusal(body: unknown, options: { signature?: Signature; maxRows?: number } = {}): string {
  try {
    read(body, options)
  } catch (error) {
    if (error instanceof InputError) return error.message
    throw error
  }
  return 'accepted'
}

const PAIR: Signature = {
  inputs: [
    { name: 'a', type: 'float32', shape: ['N', 2] },
    { name: 'b', type: 'int64', shape: ['N'] },
  ],
  outputs: [{ name: 'y', type: 'float32', shape: ['N'] }],
  unsupportedOutputs: [],
}

parse('reads one row', () => {
  const { job, outputs } = read({ inputs: [5.1, 3.5, 1.4, 0.2] })
  assert.equal(job, { feeds: [tensor('float32', [1, 4], [5.1, 3.5, 1.4, 0.2])], rows: 1 })
  assert.equal(outputs, [])
})

parse('reads rows and the names of further outputs', () => {
  const { job, outputs } = read('{"inputs":[[1,2,3,4],[5,6,7,8]],"outputs":["probabilities","label","label"]}')
  assert.equal(job, { feeds: [tensor('float32', [2, 4], [1, 2, 3, 4, 5, 6, 7, 8])], rows: 2 })
  assert.equal(outputs, ['probabilities', 'label'])
})

parse('reads inputs by name, in any order', () => {
  const { job } = read(
    {
      inputs: {
        b: [7, 8],
        a: [
          [1, 2],
          [3, 4],
        ],
      },
    },
    { signature: PAIR },
  )
  assert.equal(job, { feeds: [tensor('float32', [2, 2], [1, 2, 3, 4]), tensor('int64', [2], [7, 8])], rows: 2 })
})

parse('reads the only input by name', () => {
  assert.equal(read({ inputs: { input: [1, 2, 3, 4] } }), read({ inputs: [1, 2, 3, 4] }))
})

parse('lets jobs run alone where the first dimension is fixed', () => {
  const signature = irisSignature({ inputs: [{ name: 'input', type: 'float32', shape: [1, 4] }] })
  assert.is(read({ inputs: [1, 2, 3, 4] }, { signature }).job.rows, undefined)
})

const REFUSED: readonly (readonly [string, unknown, string])[] = [
  ['an empty body', '', 'expected a JSON object such as {"inputs": [...]}, received nothing'],
  ['another text encoding', Buffer.from([0x7b, 0xff, 0x7d]), 'expected UTF-8, received other bytes'],
  ['a list', '[1,2,3,4]', 'expected an object such as {"inputs": [...]}, received a list of 4'],
  ['null', 'null', 'expected an object such as {"inputs": [...]}, received null'],
  ['no inputs', '{}', 'inputs: expected a list of 4 numbers, or a list of such rows, received nothing'],
  ['an unknown input', { inputs: { input: [1, 2, 3, 4], other: 1 } }, 'inputs: unknown input "other"'],
  [
    'an unknown output',
    { inputs: [1, 2, 3, 4], outputs: ['x'] },
    'outputs[0]: expected one of "label", "probabilities", received "x"',
  ],
  [
    'outputs that are no list',
    { inputs: [1, 2, 3, 4], outputs: 'label' },
    'outputs: expected a list of output names, received "label"',
  ],
  [
    'more rows than allowed',
    { inputs: Array.from({ length: 11 }, () => [1, 2, 3, 4]) },
    'inputs: expected at most 10 rows, received 11',
  ],
  ['__proto__', '{"inputs":[1,2,3,4],"__proto__":{"inputs":[1]}}', 'unknown key "__proto__"'],
  [
    '__proto__ in place of inputs',
    '{"__proto__":{"inputs":[1,2,3,4]}}',
    '2 faults\n  unknown key "__proto__"\n  inputs: expected a list of 4 numbers, or a list of such rows, received nothing',
  ],
  [
    '__proto__ among the inputs',
    '{"inputs":{"__proto__":{"input":[1,2,3,4]}}}',
    '2 faults\n  inputs: unknown input "__proto__"\n  inputs.input: expected a list of 4 numbers, or a list of such rows, received nothing',
  ],
]

for (const [name, body, fault] of REFUSED) {
  parse(`refuses ${name}`, () => {
    assert.is(refusal(body), `Cannot use the request: ${fault}`)
  })
}

parse('refuses malformed JSON with its place', () => {
  assert.match(refusal('{"inputs":[1,2'), /^Cannot use the request: expected JSON, received malformed text \(.*JSON/)
})

parse('names all faults at once', () => {
  assert.is(
    refusal('{"inputs":[1,"x",3,null],"outputs":["y"],"extra":1}'),
    [
      'Cannot use the request: 4 faults',
      'unknown key "extra"',
      'inputs[1]: expected a number within float32, received "x"',
      'inputs[3]: expected a number within float32, received null',
      'outputs[0]: expected one of "label", "probabilities", received "y"',
    ].join('\n  '),
  )
})

parse('bounds what it lists', () => {
  const keys = Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`k${i}`, 1]))
  const message = refusal({ inputs: [1, 2, 3, 4], ...keys })
  assert.is(message.split('\n').length, 22)
  assert.match(message, /480 more faults$/)
})

parse('clips long names', () => {
  assert.ok(refusal({ inputs: [1, 2, 3, 4], ['k'.repeat(10_000)]: 1 }).length < 200)
})

parse('refuses a missing input of several', () => {
  assert.is(
    refusal({ inputs: { a: [1, 2] } }, { signature: PAIR }),
    'Cannot use the request: inputs.b: expected a whole number from -9223372036854775808 to 9223372036854775807, or a list of such rows, received nothing',
  )
})

parse('refuses a bare list where the model has several inputs', () => {
  assert.is(
    refusal({ inputs: [1, 2] }, { signature: PAIR }),
    'Cannot use the request: inputs: expected an object with "a", "b", received a list of 2',
  )
})

parse('refuses different sizes of a dimension with one name', () => {
  assert.is(
    refusal(
      {
        inputs: {
          a: [
            [1, 2],
            [3, 4],
          ],
          b: [1, 2, 3],
        },
      },
      { signature: PAIR },
    ),
    `Cannot use the request: inputs.b: expected size 2 in dimension N as in input 'a', received 3`,
  )
})

parse('survives nesting that would exhaust the stack', () => {
  assert.match(refusal(`{"inputs":${'['.repeat(100_000)}${']'.repeat(100_000)}}`), /^Cannot use the request: inputs: /)
})

parse.run()
