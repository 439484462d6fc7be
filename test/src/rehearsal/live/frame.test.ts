import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { renderFrame } from '../../../../src/rehearsal/live/frame.ts'
import { cellsOf } from '../../../../src/presentation/text-cells.ts'
import { exampleRecord, exampleVerdict } from '../../../support/rehearsal-example.ts'
import { finishedRehearsal, rehearsalOf } from '../../../support/rehearsal-record.ts'

const test = suite('renderFrame()')

test('shows a running rehearsal at 100 columns', () => {
  assert.equal(renderFrame(exampleRecord(), 100), [
    'iris · iris-good.onnx                                                                          0:14',
    '✓ 10 % ━━━ ⠙ 30 % ─── ○ 50 % ─── ○ 100 %   step 6/12: pause until promoted, 1 s',
    '',
    '         model                                            requests  errors     rate  req/s      p95',
    'stable   iris-stable.onnx                                   12,400      37    0.3 %    421  4.21 ms',
    'canary   iris-good.onnx                                      1,840       6   0.33 %    179  4.34 ms',
    '',
    'signal          canary   stable            estimate    limit  harm      safe      standing',
    'error rate      0.33 %    0.3 %       0.11 … 0.77 %   0.38 %  ────────  ━━━━━━━━  ✓ cleared',
    'error limit          –        –                   –      2 %  ────────  ────────  ? no data',
    'latency        4.34 ms  4.21 ms    1.2 … 6.4 % slow    3.4 %  ━━━─────  ━━━─────  · open, phi 3.6',
    'latency limit  4.34 ms        –   0.04 … 1.3 % slow      5 %  ────────  ━━━━━───  · 640 to go',
    'drift             0.34        –         0.26 … 0.43      0.2  ━━━━━━━━  ━━━╸────  ✕ harm',
    'disagreement         –        –                   –      1 %  ────────  ────────  – not judged',
    'evidence of harm, all signals  ━━━━━───────────────────────────  0.7 of 4.6',
    '',
    'needs about 640 more canary requests for the latency limit, 4 s at the present rate',
  ])
})

test('leaves the bar of what is safe out at 80 columns', () => {
  assert.equal(renderFrame(exampleRecord(), 80), [
    'iris · iris-good.onnx                                                      0:14',
    '✓ 10 % ━━━ ⠙ 30 % ─── ○ 50 % ─── ○ 100 %   step 6/12: pause until promoted, 1 s',
    '',
    '         model                        requests  errors     rate  req/s      p95',
    'stable   iris-stable.onnx               12,400      37    0.3 %    421  4.21 ms',
    'canary   iris-good.onnx                  1,840       6   0.33 %    179  4.34 ms',
    '',
    'signal          canary   stable          estimate   limit  harm    standing',
    'error rate      0.33 %    0.3 %     0.11 … 0.77 %  0.38 %  ──────  ✓ cleared',
    'error limit          –        –                 –     2 %  ──────  ? no data',
    'latency        4.34 ms  4.21 ms       1.2 … 6.4 %   3.4 %  ━━────  · open',
    'latency limit  4.34 ms        –      0.04 … 1.3 %     5 %  ──────  · 640 to go',
    'drift             0.34        –       0.26 … 0.43     0.2  ━━━━━━  ✕ harm',
    'disagreement         –        –                 –     1 %  ──────  – not judged',
    'evidence of harm, all signals  ━━━━━───────────────────────────  0.7 of 4.6',
    '',
    'needs about 640 more canary requests for the latency limit, 4 s at the present',
    'rate',
  ])
})

test('keeps figures and standings at 50 columns', () => {
  assert.equal(renderFrame(exampleRecord(), 50), [
    'iris · iris-good.onnx                        0:14',
    '✓ 10 % ━━━ ⠙ 30 % ─── ○ 50 % ─── ○ 100 %',
    '',
    '               requests  errors     rate      p95',
    'stable           12,400      37    0.3 %  4.21 ms',
    'canary            1,840       6   0.33 %  4.34 ms',
    '',
    'signal          canary   stable  standing',
    'error rate      0.33 %    0.3 %  ✓ cleared',
    'error limit          –        –  ? no data',
    'latency        4.34 ms  4.21 ms  · open, phi 3.6',
    'latency limit  4.34 ms        –  · 640 to go',
    'drift             0.34        –  ✕ harm',
    'disagreement         –        –  – not judged',
    'evidence of harm, all signals  ━─────  0.7 of 4.6',
    '',
    'needs about 640 more canary requests for the',
    'latency limit, 4 s at the present rate',
  ])
})

test('says what it waits for before the first look', () => {
  const lines = renderFrame(exampleRecord({ looks: [], phase: 'history', weight: 0, reason: '' }), 80)
  assert.is(lines.at(-1), 'gathering the history of stable, with all traffic on it')
  assert.not.ok(lines.some((line) => line.startsWith('signal')))
})

for (const [scenario, mark] of [
  ['good', '✓ promoted'],
  ['drifted', '✕ aborted'],
] as const) {
  test(`shows how the rehearsal of a ${scenario} candidate ended`, () => {
    const record = finishedRehearsal(scenario)
    const lines = renderFrame(record, 100)
    assert.ok(lines[0]?.includes(mark), lines[0])
    assert.ok(lines.join(' ').includes(record.reason.slice(0, 60)), lines.join('\n'))
  })
}

test('fits 24 lines and the width at every moment', () => {
  for (const record of rehearsalOf('slow')) {
    const lines = renderFrame(record, 80)
    assert.ok(lines.length <= 23, `${lines.length} lines`)
    for (const line of lines) assert.ok(cellsOf(line) <= 79, line)
  }
})

test('shows a name as it is written, whatever is in it', () => {
  const title = 'evil\u001b[2J\u202e\n.onnx'
  const lines = renderFrame(exampleRecord({ title, reason: 'ended\u0007' }), 80)
  assert.ok(lines[0]?.startsWith('iris · evil�[2J� .onnx'), lines[0])
  assert.is(lines.at(-1), 'ended�')
})

test('asks for no more requests than a person would wait for', () => {
  const verdict = exampleVerdict()
  const latency = verdict.signals.latency
  assert.ok(latency !== undefined)
  const record = exampleRecord({
    looks: [{ atMs: 0, verdict: { ...verdict, signals: { latency: { ...latency, phi: 1, missing: 3_641_251 } } } }],
  })
  const row = renderFrame(record, 100).find((line) => line.startsWith('latency'))
  assert.ok(row?.endsWith('· open'), row)
})

test.run()
