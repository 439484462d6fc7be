import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { InputError } from '#faults'
import { parseExposition } from '../../../analysis/evidence/exposition.ts'
import { Random } from '../../support/random.ts'

const test = suite('parseExposition()')

const parse = (text: string) =>
  parseExposition(text, 'metrics').map(({ metric, labels, value }) => ({ metric, labels: { ...labels }, value }))

test('reads names, labels and values between comments', () => {
  const text = [
    '# HELP requests_total All requests',
    '# TYPE requests_total counter',
    'requests_total{code="200",endpoint="/predict"} 1027',
    'requests_total{code="500"} 3 1395066363000',
    '',
    'up 1',
  ].join('\n')
  assert.equal(parse(text), [
    { metric: 'requests_total', labels: { code: '200', endpoint: '/predict' }, value: 1027 },
    { metric: 'requests_total', labels: { code: '500' }, value: 3 },
    { metric: 'up', labels: {}, value: 1 },
  ])
})

for (const [what, line, expected] of [
  ['spaces everywhere', '  m \t{ a = "1" , b="2" , } \t 7 \t', { metric: 'm', labels: { a: '1', b: '2' }, value: 7 }],
  ['no labels in braces', 'm{} 7', { metric: 'm', labels: {}, value: 7 }],
  ['no space before the value', 'm{a="1"}7', { metric: 'm', labels: { a: '1' }, value: 7 }],
  ['a carriage return', 'm 7\r', { metric: 'm', labels: {}, value: 7 }],
  ['escapes', String.raw`m{a="q\"b\\s\nn\tx"} 1`, { metric: 'm', labels: { a: 'q"b\\s\nn\\tx' }, value: 1 }],
  ['braces and hashes in a value', 'm{a="}{ # x"} 1', { metric: 'm', labels: { a: '}{ # x' }, value: 1 }],
  ['other scripts', 'm{a="Ω🚀"} 1', { metric: 'm', labels: { a: 'Ω🚀' }, value: 1 }],
  ['a colon in the name', 'a:b:c 1', { metric: 'a:b:c', labels: {}, value: 1 }],
  ['an exponent', 'm 1.5e+07', { metric: 'm', labels: {}, value: 15_000_000 }],
  ['a sign', 'm -.5', { metric: 'm', labels: {}, value: -0.5 }],
  ['infinity', 'm +Inf', { metric: 'm', labels: {}, value: Infinity }],
  ['negative infinity', 'm -Inf', { metric: 'm', labels: {}, value: -Infinity }],
  [
    'a label named like a property of objects',
    'm{__proto__="x"} 1',
    { metric: 'm', labels: Object.fromEntries([['__proto__', 'x']]), value: 1 },
  ],
  ['an OpenMetrics time', 'm 3 1395066363.5', { metric: 'm', labels: {}, value: 3 }],
  [
    'an exemplar',
    'm_bucket{le="1"} 3 # {trace_id="K#1"} 0.67 1.5e9',
    { metric: 'm_bucket', labels: { le: '1' }, value: 3 },
  ],
  ['a time and an exemplar', 'm 3 12 # {} 0.67', { metric: 'm', labels: {}, value: 3 }],
] as const) {
  test(`reads ${what}`, () => {
    assert.equal(parse(line), [expected])
  })
}

test('reads NaN', () => {
  assert.ok(Number.isNaN(parse('m NaN')[0]?.value))
})

test('reads up to the end of OpenMetrics', () => {
  assert.equal(parse('m 1\n# EOF\nthis is not read').length, 1)
})

test('returns wanted metrics only, and still checks the others', () => {
  assert.equal(parseExposition('a 1\nb 2', 'metrics', (metric) => metric === 'b').length, 1)
  assert.throws(() => parseExposition('a x\nb 2', 'metrics', (metric) => metric === 'b'), /line 1/)
})

for (const [what, text, expected] of [
  ['a value that is no number', 'm 1\nm{a="1"} one', 'line 2: expected a number, received "one"'],
  ['a missing value', 'm', 'line 1: expected a space and a value after "m", received nothing'],
  ['a missing value after labels', 'm{a="1"}', 'line 1: expected a number, received nothing'],
  ['a name that cannot be one', '1m 3', 'line 1: expected the name of a metric, received "1m 3"'],
  ['a page of HTML', '<html>', 'line 1: expected the name of a metric, received "<html>"'],
  ['labels without an end', 'm{a="1" 3', 'line 1: expected a label such as code="200" or "}", received "3"'],
  ['a value without quotes', 'm{a=1} 3', 'line 1: expected a label such as code="200" or "}", received "a=1} 3"'],
  ['a string without an end', 'm{a="1} 3', 'expected a label such as code="200" or "}"'],
  ['two commas', 'm{a="1",,b="2"} 3', 'expected a label such as code="200" or "}", received ",b'],
  ['a label twice', 'm{a="1",a="2"} 3', 'line 1: expected label "a" once, received it again'],
  [
    'a series twice',
    'm{a="1",b="2"} 3\nm{b="2",a="1"} 4',
    'line 2: expected "m{a=\\"1\\",b=\\"2\\"}" once, received it again',
  ],
  ['words after the value', 'm 3 4 five', 'line 1: expected a time or nothing after the value, received " 4 five"'],
  ['a hexadecimal number', 'm 0x10', 'line 1: expected a number, received "0x10"'],
] as const) {
  test(`refuses ${what}`, () => {
    assert.throws(
      () => parse(text),
      (error: Error) => error.message.startsWith('Cannot use metrics: ') && error.message.includes(expected),
      expected,
    )
  })
}

test('lists every fault, 50 at most', () => {
  const faultsOf = (text: string) => {
    try {
      parse(text)
    } catch (error) {
      if (error instanceof InputError) return error.faults.map(({ path }) => path)
      throw error
    }
    return []
  }
  assert.equal(faultsOf('a\nm 1\nb\nc x'), ['line 1', 'line 3', 'line 4'])
  assert.is(faultsOf('x\n'.repeat(1_000)).length, 50)
})

test('refuses more than 100,000 samples', () => {
  const text = Array.from({ length: 100_001 }, (_, k) => `m{k="${k}"} 1`).join('\n')
  assert.throws(() => parse(text), /line 100001: expected at most 100000 samples, received more$/)
})

test('refuses a line without measure', () => {
  assert.throws(
    () => parse(`m{a="${'x'.repeat(100_000)}"} 1`),
    /line 1: expected at most 65536 characters, received 100009$/,
  )
})

test('ends with samples or an InputError on 20,000 mutations, seed "exposition"', () => {
  const random = new Random('exposition')
  const below = (limit: number) => Math.floor(random.uniform() * limit)
  const sound =
    '# TYPE m counter\nm{code="200",path="/a\\"b\\\\"} 1027 1395066363000\nm_bucket{le="+Inf"} 3 # {id="x"} 1\nn NaN\n# EOF\n'
  const alphabet = '{}"\\=,# \n\t+-.eEmInfNa09_:\u0000é'
  let refused = 0
  for (let round = 0; round < 20_000; round += 1) {
    let text = sound
    for (let edit = below(6); edit >= 0; edit -= 1) {
      const at = below(text.length + 1)
      const letter = alphabet.charAt(below(alphabet.length))
      text = text.slice(0, at) + (below(2) === 0 ? letter : '') + text.slice(at + below(4))
    }
    try {
      for (const { value } of parse(text)) assert.type(value, 'number')
    } catch (error) {
      if (!(error instanceof InputError)) throw error
      refused += 1
    }
  }
  assert.ok(refused > 1_000 && refused < 20_000, `${refused} of 20000 refused`)
})

test.run()
