import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { parseJsonObject } from '../../../runtime/protocol/parse-json.ts'
import { irisSignature } from '../builders.ts'

const parse = suite('parseJsonObject()')

const WIDE = irisSignature({ inputs: [{ name: 'x', type: 'uint64', shape: ['N'] }] })

function read(text: string, signature = irisSignature()): unknown {
  return parseJsonObject(Buffer.from(text), '{"a": 1}', signature)
}

parse('reads an object', () => {
  assert.equal(read('{"a":[1,"b",null]}'), { a: [1, 'b', null] })
})

parse('keeps the digits of large whole numbers where the model takes such', () => {
  const text = '{"a":[18446744073709551615,-9007199254740993,9007199254740991,0.12345678901234567,1e20]}'
  const { a } = read(text, WIDE) as { a: unknown[] }
  assert.equal(a.map(String), [
    '18446744073709551615',
    '-9007199254740993',
    '9007199254740991',
    '0.12345678901234566',
    '100000000000000000000',
  ])
  assert.equal(
    a.map((value) => typeof value),
    ['bigint', 'bigint', 'number', 'number', 'number'],
  )
})

parse('reads plain numbers for other models', () => {
  assert.equal(read('{"a":9007199254740993}'), { a: 9_007_199_254_740_992 })
})

parse('makes __proto__ a member like any other', () => {
  const value = read('{"__proto__":{"polluted":1},"a":9007199254740993}', WIDE) as { polluted?: unknown }
  assert.equal(Object.keys(value), ['__proto__', 'a'])
  assert.is(value.polluted, undefined)
})

const DEEP = `${'{"a":'.repeat(100_000)}9007199254740993${'}'.repeat(100_000)}`

const REFUSED: readonly (readonly [string, string, RegExp])[] = [
  ['nothing', '', /^Cannot use the request: expected a JSON object such as \{"a": 1\}, received nothing$/],
  ['half an object', '{"a"', /^Cannot use the request: expected JSON, received malformed text \(/],
  ['two objects', '{}{}', /malformed text/],
  ['a list', '[1]', /^Cannot use the request: expected an object such as \{"a": 1\}, received a list of 1$/],
  ['null', 'null', /received null$/],
  ['more depth than the stack has', DEEP, /malformed text \(Maximum call stack size exceeded\)$/],
]

for (const [name, text, message] of REFUSED) {
  parse(`refuses ${name}`, () => {
    assert.throws(() => read(text, WIDE), message)
  })
}

parse('refuses other encodings', () => {
  assert.throws(() => parseJsonObject(Buffer.from('7bff7d', 'hex'), '{}'), /expected UTF-8, received other bytes$/)
})

parse.run()
