import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { readMatrix } from '../../../analysis/evidence/matrix.ts'
import { Random } from '../../support/random.ts'

const test = suite('readMatrix()')

const bytes = (text: string) => new TextEncoder().encode(text)

const read = (text: string) => {
  const { series, ...answer } = readMatrix(bytes(text))
  return { ...answer, series: series.map(({ labels, ...samples }) => ({ labels: { ...labels }, ...samples })) }
}

const ANSWER = {
  status: 'success',
  data: {
    resultType: 'matrix',
    result: [
      {
        metric: { __name__: 'a', path: '/x"\\\n\u00e9🚀' },
        values: [
          [1767225600.781, '17'],
          [1767225615, '1.5e+07'],
        ],
      },
      { metric: {}, values: [] },
      { metric: { __name__: 'b' }, histograms: [[1, { count: '3', buckets: [[0, '1', '2', '3']] }]] },
      {
        values: [
          [0.5, 'NaN'],
          [1.25, '+Inf'],
          [2.125, '-Inf'],
          [1e9, '-0.5'],
        ],
        metric: { le: '+Inf' },
      },
    ],
  },
}

const EXPECTED = {
  status: 'success',
  error: '',
  warnings: [],
  resultType: 'matrix',
  series: [
    { labels: { __name__: 'a', path: '/x"\\\n\u00e9🚀' }, timesMs: [1767225600781, 1767225615000], values: [17, 15e6] },
    { labels: {}, timesMs: [], values: [] },
    { labels: { __name__: 'b' }, timesMs: [], values: [] },
    { labels: { le: '+Inf' }, timesMs: [500, 1250, 2125, 1e12], values: [Number.NaN, Infinity, -Infinity, -0.5] },
  ],
}

test('reads an answer as Prometheus writes it', () => {
  assert.equal(read(JSON.stringify(ANSWER)), EXPECTED)
})

test('reads it with spaces and line feeds everywhere', () => {
  assert.equal(read(` ${JSON.stringify(ANSWER, null, '\t\r\n ')} \n`), EXPECTED)
})

test('passes over what others add', () => {
  const more = { infos: ['x'], stats: { deep: [{ a: [1, -2.5e-3, null, true, 'é'] }] }, ...ANSWER, isPartial: false }
  assert.equal(read(JSON.stringify(more)), EXPECTED)
})

test('keeps the text of an error', () => {
  const { status, error } = read('{"status":"error","errorType":"execution","error":"query timed out"}')
  assert.equal([status, error], ['error', 'query timed out'])
})

for (const [what, text, warnings] of [
  ['warnings', '{"warnings":["No StoreAPIs matched"],"data":{}}', ['No StoreAPIs matched']],
  ['a partial answer of VictoriaMetrics', '{"isPartial":true}', ['the answer is partial']],
] as const) {
  test(`keeps ${what}`, () => {
    assert.equal(read(text).warnings, warnings)
  })
}

for (const [what, text] of [
  ['nothing', ''],
  ['a page of HTML', '<html><body>502</body></html>'],
  ['half an answer', JSON.stringify(ANSWER).slice(0, 200)],
  ['something after the end', '{"status":"success"} {}'],
  ['a list', '[]'],
  ['samples that are no pairs', '{"data":{"result":[{"values":[[1,"2","3"]]}]}}'],
  ['a sample without a value', '{"data":{"result":[{"values":[[1]]}]}}'],
  ['a value without quotes', '{"data":{"result":[{"values":[[1,2]]}]}}'],
  ['a value that is no number', '{"data":{"result":[{"values":[[1,"two"]]}]}}'],
  ['an empty value', '{"data":{"result":[{"values":[[1,""]]}]}}'],
  ['a time that is no number', '{"data":{"result":[{"values":[[true,"2"]]}]}}'],
  ['a label that is no string', '{"data":{"result":[{"metric":{"a":1}}]}}'],
  ['a string with a raw line feed', '{"status":"a\nb"}'],
  ['depth without measure', `{"x":${'['.repeat(10_000)}`],
] as const) {
  test(`refuses ${what}`, () => {
    assert.throws(
      () => read(text),
      (error: unknown) => error instanceof SyntaxError,
    )
  })
}

test('refuses every shorter text of an answer', () => {
  const text = JSON.stringify(ANSWER)
  for (let length = 0; length < text.length; length += 1) {
    assert.throws(
      () => read(text.slice(0, length)),
      (error: unknown) => error instanceof SyntaxError,
      `length ${length}`,
    )
  }
})

test('agrees with JSON.parse or throws a SyntaxError on 20,000 mutations, seed "matrix"', () => {
  const random = new Random('matrix')
  const below = (limit: number) => Math.floor(random.uniform() * limit)
  const sound = JSON.stringify({
    status: 'success',
    data: {
      resultType: 'matrix',
      result: [
        {
          metric: { a: 'x\\y' },
          values: [
            [12.5, '17'],
            [13, '1e3'],
          ],
        },
      ],
    },
  })
  const alphabet = '{}[]":,.\\0123456789eE+-nul tfINa\u0001é'
  let agreed = 0
  for (let round = 0; round < 20_000; round += 1) {
    let text = sound
    for (let edit = below(3); edit >= 0; edit -= 1) {
      const at = below(text.length + 1)
      text =
        text.slice(0, at) + (below(2) === 0 ? alphabet.charAt(below(alphabet.length)) : '') + text.slice(at + below(3))
    }
    const ours = outcome(() => read(text))
    const theirs = outcome(() => JSON.parse(text) as { data?: { result?: StubResult[] } })
    if (theirs === undefined) {
      // What is not JSON may be read all the same where nobody looks: inside a number that is passed over, for example.
      continue
    }
    const values = theirs.data?.result?.[0]?.values
    if (ours === undefined || !Array.isArray(values)) continue
    agreed += 1
    assert.equal(
      ours.series[0]?.timesMs,
      values.map(([seconds]) => Math.round(seconds * 1_000)),
      text,
    )
  }
  assert.ok(agreed > 1_000, `${agreed} of 20000 agreed`)
})

test.run()

interface StubResult {
  readonly values?: readonly [number, string][]
}

/** undefined for a SyntaxError; anything else is a fault of ours. */
function outcome<T>(parse: () => T): T | undefined {
  try {
    return parse()
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}
