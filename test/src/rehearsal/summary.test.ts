import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Outcome, RehearsalRecord } from '../../../src/rehearsal/record.ts'
import { outcomeTable } from '../../../src/rehearsal/outcome-table.ts'
import { exitCodeOf, summarize, worstOutcome } from '../../../src/rehearsal/summary.ts'
import { exampleRecord, exampleShadow } from '../../support/rehearsal-example.ts'

const ended = (outcome: Outcome | null, changes: Partial<RehearsalRecord> = {}) =>
  exampleRecord({ outcome, ...changes })

const worst = suite('worstOutcome()')

for (const [outcomes, expected, code] of [
  [['promoted'], 'promoted', 0],
  [['aborted'], 'aborted', 1],
  [['inconclusive'], 'inconclusive', 3],
  [['promoted', 'inconclusive', 'promoted'], 'inconclusive', 3],
  [['inconclusive', 'aborted', 'promoted'], 'aborted', 1],
  [[null, 'promoted'], 'inconclusive', 3],
] as const) {
  worst(`of ${outcomes.join(', ')} is ${expected}, exit code ${code}`, () => {
    const records = outcomes.map((outcome) => ended(outcome))
    assert.is(worstOutcome(records), expected)
    assert.is(exitCodeOf(records), code)
  })
}

worst.run()

const summary = suite('summarize()')

summary('keeps what a machine asks for and leaves the windows out', () => {
  const record = ended('promoted', { notes: ['a note'] })
  const { outcome, rehearsals } = summarize([record])
  assert.is(outcome, 'promoted')
  const [first] = rehearsals
  assert.equal(Object.keys(first ?? {}), [
    'rollout',
    'candidate',
    'outcome',
    'reason',
    'startedAt',
    'elapsedMs',
    'arms',
    'steps',
    'verdict',
    'looks',
    'shadow',
    'notes',
  ])
  assert.is(first?.verdict, record.looks.at(-1)?.verdict)
  assert.equal(first?.looks, [{ atMs: 14_000, weight: 30, verdict: 'continue', logE: record.looks[0]?.verdict.logE }])
  assert.equal(JSON.parse(JSON.stringify(first)), first)
})

summary('adds what explains a disagreement to what was compared', () => {
  const noise = { pairs: 50, disagreements: 1 }
  const slices = { acme: { pairs: 10, disagreements: 9 }, globex: { pairs: 90, disagreements: 1 } }
  const window = { at: '2026-01-01T00:00:01Z', weight: 0, shadow: { pairs: 100, disagreements: 10, noise, slices } }
  const [first] = summarize([ended('aborted', { shadow: exampleShadow(), windows: [window, window] })]).rehearsals
  assert.is(first?.shadow?.pairs, exampleShadow().pairs)
  assert.equal([first?.shadow?.noise?.pairs, first?.shadow?.noise?.disagreements], [100, 2])
  assert.equal(
    first?.shadow?.slices.map(({ slice, pairs, disagreements, standsOut }) => [slice, pairs, disagreements, standsOut]),
    [
      ['acme', 20, 18, true],
      ['globex', 180, 2, false],
    ],
  )
  const [plain] = summarize([ended('aborted', { shadow: exampleShadow() })]).rehearsals
  assert.equal([plain?.shadow?.noise, plain?.shadow?.slices], [null, []])
})

summary.run()

const table = suite('outcomeTable()')

table('has a line a candidate and its reason below, wrapped', () => {
  const reason =
    'canary fails 7.4 % of requests (14 of 189), stable 0 %; evidence 4.8 of 4.6; decided after 189 requests'
  const text = outcomeTable(
    [ended('promoted', { title: 'good.onnx', reason: 'proved' }), ended('aborted', { reason })],
    60,
  )
  assert.equal(text.split('\n'), [
    'good.onnx       promoted      after 14 s    1,840 requests to the candidate',
    '    proved',
    'iris-good.onnx  aborted       after 14 s    1,840 requests to the candidate',
    '    canary fails 7.4 % of requests (14 of 189), stable 0 %;',
    '    evidence 4.8 of 4.6; decided after 189 requests',
    '',
  ])
})

table.run()
