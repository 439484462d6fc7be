import { rejects } from 'node:assert/strict'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type Window } from '#decision'
import { InputError } from '#faults'
import { readEvidence, writeEvidence } from '#evidence'

const test = suite('readEvidence()')

const window = (second: number): Window => ({
  at: new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString(),
  weight: 10,
  canary: { requests: 10, errors: 1, latency: { le: [0.1], counts: [8, 2] }, predictions: { a: 10 } },
  stable: { requests: 90 },
  shadow: {
    pairs: 5,
    disagreements: 1,
    noise: { pairs: 9, disagreements: 1 },
    slices: { acme: { pairs: 3, disagreements: 1 } },
  },
})

test('reads what writeEvidence() wrote', async () => {
  const windows = [window(10), window(20), window(30)]
  assert.equal(await readEvidence(windows.map(writeEvidence).join('')), windows)
})

test('reads chunks of any size, to the byte', async () => {
  const windows = [window(10), window(20)]
  const text = windows.map(writeEvidence).join('').trimEnd()
  for (const size of [1, 2, 7, 64, text.length]) {
    const chunks = Array.from({ length: Math.ceil(text.length / size) }, (_, k) => text.slice(k * size, (k + 1) * size))
    assert.equal(await readEvidence(streamOf(chunks)), windows)
  }
})

test('skips blank lines but counts them', async () => {
  assert.equal((await readEvidence(`\n  \n${writeEvidence(window(10))}\r\n`)).length, 1)
  await rejects(readEvidence(`\n\n{}\n`), /line 3: at: expected/)
})

test('is empty for nothing', async () => {
  assert.equal(await readEvidence(''), [])
})

test('lists every fault of every line with its number and value', async () => {
  const text = [
    '{"at":"2026-01-01T00:00:10Z","weight":120,"canary":{"requests":-1}}',
    'nonsense',
    '{"at":"2026-01-01T00:00:10Z","weight":10,"extra":1}',
    '[]',
  ].join('\n')
  await rejects(readEvidence(text, 'evidence "e.jsonl"'), (error: Error) => {
    assert.ok(error instanceof InputError)
    assert.equal(
      error.faults.map(({ path }) => path),
      ['line 1: weight', 'line 1: canary.requests', 'line 2', 'line 3', 'line 4'],
    )
    assert.match(error.message, /^Cannot use evidence "e\.jsonl": 5 faults\n/)
    assert.match(error.message, 'line 1: weight: expected a percentage from 0 to 100, received 120')
    assert.match(error.message, 'line 3: unknown key "extra"')
    return true
  })
})

test('refuses a noise and slices that cannot be', async () => {
  const shadow = {
    pairs: 5,
    noise: { pairs: 1, disagreements: 2 },
    slices: { acme: { pairs: 3 }, ['x'.repeat(200)]: { pairs: 1, disagreements: 0 } },
  }
  const text = JSON.stringify({ at: '2026-01-01T00:00:10Z', weight: 0, shadow })
  await rejects(readEvidence(text), (error: Error) => {
    assert.match(
      error.message,
      'shadow.noise.disagreements: expected at most as many disagreements as pairs, received 2',
    )
    assert.match(error.message, 'shadow.slices.acme.disagreements: expected a count, received nothing')
    assert.match(
      error.message,
      /shadow\.slices: expected the name of a slice of at most 128 characters, received "x{78}/,
    )
    return true
  })
  const many = Object.fromEntries(Array.from({ length: 65 }, (_, k) => [`s${k}`, { pairs: 1, disagreements: 0 }]))
  await rejects(
    readEvidence(JSON.stringify({ at: '2026-01-01T00:00:10Z', weight: 0, shadow: { pairs: 65, slices: many } })),
    /shadow\.slices: expected at most 64 slices/,
  )
})

test('shows the first 50 faults', async () => {
  await rejects(
    readEvidence('x\n'.repeat(200)),
    (error: Error) => error instanceof InputError && error.faults.length === 50,
  )
})

for (const [what, second] of [
  ['a time that goes back', 9],
  ['a time that stands still', 10],
] as const) {
  test(`refuses ${what}`, async () => {
    await rejects(
      readEvidence([window(10), window(second), window(11)].map(writeEvidence).join('')),
      /^InputError: Cannot use evidence: line 2: at: expected a time after the window before, received "2026-01-01T00:00/,
    )
  })
}

test('refuses a line above 1 MiB without keeping it', async () => {
  let sent = 0
  async function* endless(): AsyncIterable<string> {
    for (; sent < 100; sent += 1) yield await Promise.resolve(' '.repeat(1024 * 1024))
    yield '\n'
  }
  await rejects(readEvidence(endless()), /line 1: expected at most 1048576 characters, received more$/)
})

test.run()

async function* streamOf(chunks: readonly string[]): AsyncIterable<string> {
  for (const chunk of chunks) yield await Promise.resolve(chunk)
}
