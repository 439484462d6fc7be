import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { offlinePolicy, openJudge } from '../../../src/comparison/judge.ts'
import type { ComparisonRecord } from '../../../src/comparison/record.ts'
import { openAnswerTally } from '../../../src/comparison/answer-tally.ts'
import { describeComparison } from '../../../src/comparison/describe-comparison.ts'
import { writeComparisonReport } from '../../../src/comparison/report.ts'
import { CLASSIFIER, floats, job, labels } from './builders.ts'

const EVIL = '</title><script>alert("x")</script>\u202e'
const CONTEXT = {
  version: '1.2.3',
  generatedAt: '2026-01-01T00:00:00Z',
  command: `modelgate compare --stable ${EVIL}`,
  policy: offlinePolicy(),
}

const report = suite('writeComparisonReport()')

report('shows verdict, reason, charts, outputs and the worst examples', () => {
  const html = writeComparisonReport(example(), CONTEXT)
  const text = html.replace(/<[^>]*>/g, ' ')
  assert.match(html, /<span class="ending aborted">✕ fail<\/span>/)
  for (const title of ['Classes by label', 'Moves of probabilities, |Δ|', 'Time per row']) {
    assert.match(html, `<h4>${title}</h4>`)
  }
  assert.match(text, 'label is 1')
  assert.match(text, 'line 7')
  assert.match(text, '1.50×')
})

report('gives every chart a title, a description and its numbers', () => {
  const html = writeComparisonReport(example(), CONTEXT)
  const charts = count(html, /<svg class="chart"/g)
  assert.is(charts, 3)
  assert.is(count(html, /<title id="[^"]+-t">/g), charts)
  assert.is(count(html, /<desc id="[^"]+-d">[^<]{20,}/g), charts)
  assert.is(count(html, /<summary>The numbers<\/summary>/g), charts)
  const ids = Array.from(html.matchAll(/ id="([^"]+)"/g), ([, id]) => id)
  assert.is(new Set(ids).size, ids.length)
})

report('needs nothing from elsewhere and runs nothing', () => {
  const html = writeComparisonReport(example(), CONTEXT)
  assert.not.match(html, /<(script|link|img|iframe|object)|@import|url\(|https?:/i)
})

report('escapes every text from outside', () => {
  const { models, ...rest } = example()
  const record: ComparisonRecord = {
    ...rest,
    reason: EVIL,
    notes: [EVIL],
    errors: [{ side: 'canary', message: EVIL, count: 1 }],
    models: { ...models, canary: { ...models.canary, name: EVIL, signature: EVIL } },
    worst: rest.worst.map((worst) => ({ ...worst, reasons: [EVIL], inputs: { [EVIL]: EVIL } })),
    confusion: {
      output: EVIL,
      classes: [EVIL, 'b'],
      counts: [
        [1, 2],
        [3, 4],
      ],
    },
    outputs: { [EVIL]: rest.outputs['probabilities']! },
  }
  const html = writeComparisonReport(record, CONTEXT)
  assert.not.match(html, /<script/i)
  assert.not.match(html, /\u202e/)
  assert.is(count(html, /&lt;script&gt;/g) > 8, true)
})

report('stays small, however many inputs, classes and outputs there are', () => {
  const tally = openAnswerTally({ signature: CLASSIFIER, tolerances: new Map(), classes: [], maxWorst: 10 })
  for (let line = 1; line <= 20_000; line += 1) {
    tally.add({
      line,
      job: job(line, 1),
      stable: { kind: 'outputs', outputs: [labels(line % 1_000), floats(2, line, 0.25)] },
      canary: { kind: 'outputs', outputs: [labels(line % 999), floats(2, 1 / line, 0.75)] },
    })
  }
  const html = writeComparisonReport({ ...example(), ...tally.summarize() }, CONTEXT)
  assert.ok(html.length < 150_000, `${html.length} characters`)
})

report('says that a candidate cannot be loaded', () => {
  const { models, ...rest } = example()
  const canary = { ...models.canary, signature: null }
  const html = writeComparisonReport(
    { ...rest, pairs: 0, outputs: {}, worst: [], confusion: null, speed: null, models: { ...models, canary } },
    CONTEXT,
  )
  assert.match(html.replace(/<[^>]*>/g, ' '), 'cannot be loaded')
})

report('shows failures, and no classes where no two answers could be compared', () => {
  const tally = openAnswerTally({ signature: CLASSIFIER, tolerances: new Map(), classes: [], maxWorst: 10 })
  const failed = { kind: 'failed', message: 'Cannot run it' } as const
  tally.add({ line: 1, job: job(1, 1), stable: failed, canary: failed })
  const html = writeComparisonReport({ ...example(), ...tally.summarize(), speed: null }, CONTEXT)
  assert.not.match(html, '<svg class="chart"')
  assert.match(html, '<h2>Failures</h2>')
  assert.is(count(html, /Cannot run it/g), 2)
})

report('says why nothing was compared', () => {
  const { logE, needed, signals } = openJudge(offlinePolicy(), 0).conclude()
  const differences = ["input 'input' is float32[N,5] in candidate, float32[N,4] in stable"]
  const record: ComparisonRecord = {
    ...example(),
    pairs: 0,
    outputs: {},
    worst: [],
    confusion: null,
    speed: null,
    reason: 'the candidate cannot answer',
    differences,
    logE,
    needed,
    signals,
  }
  const html = writeComparisonReport(record, CONTEXT)
  assert.match(html, 'the candidate cannot answer')
  assert.not.match(html, '<svg class="chart"')
})

report.run()

const described = suite('describeComparison()')

described('says the verdict first, then what was found', () => {
  const lines = describeComparison(example()).split('\n')
  assert.match(lines[0] ?? '', /^fail: the models disagree on 50 % of the same inputs \(50 of 100\), limit 1 %/)
  assert.ok(lines.some((line) => /^ {2}label flips +50: 50 × 0 → 1$/.test(line)))
  assert.ok(lines.some((line) => /^ {2}probabilities +\|Δ\| mean 0\.25, p50 0, p95 0\.5/.test(line)))
  assert.ok(lines.some((line) => /^ {2}speed of 1 row +stable 20 µs a row, candidate 30 µs, 1\.50×$/.test(line)))
})

described('puts examples with the same words on one line', () => {
  const worst = [3, 5, 7].map((line) => ({
    ...example().worst[0]!,
    line,
    row: line === 5 ? 2 : 0,
    reasons: ['it fails'],
  }))
  const text = describeComparison({ ...example(), worst })
  assert.match(text, /^ {2}worst +lines 3, 5 \(row 3\), 7: it fails$/m)
})

described('counts one as one, and says who failed', () => {
  const errors = [{ side: 'canary', message: 'Cannot run it', count: 1 }] as const
  const text = describeComparison({ ...example(), pairs: 1, requests: 1, errors })
  assert.match(text, /^ {2}pairs +1 row of 1 request$/m)
  assert.match(text, /^ +1 × candidate: Cannot run it$/m)
})

described('tells of embeddings how alike they point', () => {
  const { outputs } = example()
  const output = { ...outputs['probabilities']!, rank: null, cosine: { min: -0.25, median: 0.999_987_6, rows: 10 } }
  const record = { ...example(), outputs: { embedding: output } }
  assert.match(describeComparison(record), /^ +cosine similarity of rows: min −0\.2500, median 0\.999988$/m)
  assert.match(writeComparisonReport(record, CONTEXT), '−0.2500 / 0.999988')
})

described('shows control characters instead of obeying them', () => {
  const { models, ...rest } = example()
  const record = { ...rest, models, notes: ['\u001b[2Jgone'], reason: 'a\nb' }
  assert.not.match(describeComparison(record), '\u001b')
  assert.is(describeComparison(record).split('\n')[0], 'fail: a b')
})

described.run()

function count(text: string, pattern: RegExp): number {
  return text.match(pattern)?.length ?? 0
}

/** Half of a hundred inputs flip. */
function example(): ComparisonRecord {
  const tally = openAnswerTally({ signature: CLASSIFIER, tolerances: new Map(), classes: [], maxWorst: 10 })
  const judge = openJudge(offlinePolicy(), 100)
  for (let i = 0; i < 100; i += 1) {
    const canary = i % 2 === 0 ? [labels(1), floats(2, 0.25, 0.75)] : [labels(0), floats(2, 0.75, 0.25)]
    const pair = {
      line: i + 1,
      job: job(i, 1),
      stable: { kind: 'outputs', outputs: [labels(0), floats(2, 0.75, 0.25)] },
      canary: { kind: 'outputs', outputs: canary },
    } as const
    judge.add(tally.add(pair))
  }
  const row = { median: 0.000_02, p95: 0.000_03 }
  const model = { name: 'stable.onnx', sha256: 'ab'.repeat(32), signature: 'input float32[N,2] -> label int64[N]' }
  return {
    ...tally.summarize(),
    ...judge.conclude(),
    noise: { pairs: 100, disagreements: 0, max: { label: 0, probabilities: 0 } },
    stopped: null,
    models: { stable: model, canary: { ...model, name: 'candidate.onnx' } },
    differences: [],
    speed: {
      batches: [{ rows: 1, runs: 10, stable: row, canary: { median: 0.000_03, p95: 0.000_04 }, ratio: 1.5 }],
      unbatched: null,
    },
    notes: [],
  }
}
