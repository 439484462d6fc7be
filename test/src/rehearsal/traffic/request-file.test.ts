import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type Fault, InputError } from '#faults'
import { readRequestFile, type CheckBody } from '../../../../src/rehearsal/traffic/request-file.ts'

const accept: CheckBody = () => []

function faultsOf(text: string, check: CheckBody = accept): readonly Fault[] {
  try {
    readRequestFile(text, check, 'requests "r"')
  } catch (error) {
    if (error instanceof InputError) return error.faults
    throw error
  }
  throw new Error('expected an InputError, received none')
}

const test = suite('readRequestFile()')

test('reads JSON lines as they are, blank lines left out', () => {
  const text = '\n{"inputs":[5.1,3.5]}\r\n\n  {"inputs":{"a":[1]},"outputs":["p"]}  \n'
  assert.equal(readRequestFile(text, accept, 'x'), ['{"inputs":[5.1,3.5]}', '{"inputs":{"a":[1]},"outputs":["p"]}'])
})

test('reads CSV with a header', () => {
  const text = 'a,b, c\n5.1, -3.5e-1,0\n"1","x, ""y""",z\n,1,2\n'
  assert.equal(
    readRequestFile(text, accept, 'x').map((body) => JSON.parse(body) as unknown),
    [{ inputs: [5.1, -0.35, 0] }, { inputs: [1, 'x, "y"', 'z'] }, { inputs: ['', 1, 2] }],
  )
})

test('asks the check about every body and shows its faults with their lines', () => {
  const check: CheckBody = (body) => (body.includes('x') ? [{ path: 'inputs[0]', text: 'expected a number' }] : [])
  assert.equal(faultsOf('{"inputs":[1]}\n{"inputs":["x"]}\n{"inputs":[2]}\n{"inputs":["x"]}', check), [
    { path: 'line 2: inputs[0]', text: 'expected a number' },
    { path: 'line 4: inputs[0]', text: 'expected a number' },
  ])
})

for (const [what, text, path, expected] of [
  ['an empty file', '', '', /^expected at least one request, received none$/],
  ['blank lines only', '\n \n', '', /^expected at least one request/],
  [
    'malformed JSON',
    '{"inputs":[1]}\n{"inputs":[1,]}',
    'line 2',
    /^expected JSON such as .*, received malformed text \(/,
  ],
  ['a list in a JSON file', '{"inputs":[1]}\n[1]', 'line 2', /^expected an object such as/],
  [
    'CSV without a header',
    '5.1,3.5\n4.9,3.0',
    'line 1',
    /^expected a header with the names of the columns, received numbers$/,
  ],
  ['a header alone', 'a,b\n', '', /^expected at least one request/],
  ['a short row', 'a,b\n1,2\n3', 'line 3', /^expected 2 values as in the header, received 1$/],
  ['a long row', 'a,b\n1,2,3', 'line 2', /received 3$/],
  ['an open quote', 'a,b\n1,"2', 'line 2', /^expected a closing quote/],
  ['a line without an end', `{"inputs":[${'1,'.repeat(600_000)}1]}`, 'line 1', /^expected at most 1048576 characters/],
] as const) {
  test(`refuses ${what}`, () => {
    const [fault] = faultsOf(text)
    assert.is(fault?.path, path)
    assert.match(fault?.text ?? '', expected)
  })
}

test('shows at most 20 faults', () => {
  assert.is(faultsOf(`{"inputs":[1]}\n${'nonsense\n'.repeat(50)}`).length, 20)
})

test.run()
