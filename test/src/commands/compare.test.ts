import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { ComparisonRecord } from '../../../src/comparison/record.ts'
import { readIrisAnswers } from '../../runtime/example-models.ts'
import { onnxModel } from '../../runtime/onnx-model.ts'
import { runModelgate, type Finished } from '../../support/modelgate.ts'

const IRIS = join(import.meta.dirname, '..', '..', '..', 'runtime', 'examples', 'iris')
const model = (name: string) => join(IRIS, `${name}.onnx`)
const REQUESTS = join(IRIS, 'requests.jsonl')

/** The comparison alone: no timing of models, which takes as long as one lets it. */
function compare(candidate: string, requests = REQUESTS, extra: readonly string[] = []): Promise<Finished> {
  const models = ['--stable', model('stable'), '--candidate', model(candidate)]
  return runModelgate(['compare', ...models, '--requests', requests, '--speed-time', '0s', ...extra])
}

const recordOf = ({ stdout }: Finished) => JSON.parse(stdout) as ComparisonRecord

/** The 150 rows of iris as requests. */
async function withDataset(use: (path: string, folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'modelgate-compare-'))
  try {
    const path = join(folder, 'iris.jsonl')
    const { inputs } = readIrisAnswers().dataset
    writeFileSync(path, inputs.map((row) => `${JSON.stringify({ inputs: row })}\n`).join(''))
    await use(path, folder)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const test = suite('compare')

test('passes a candidate that is proved to agree', async () => {
  const finished = await compare('good', REQUESTS, ['--json', '-'])
  assert.is(finished.code, 0, finished.stderr)
  const { verdict, pairs, disagreements, labelFlips, noise, outputs } = recordOf(finished)
  assert.equal([verdict, pairs, disagreements, labelFlips], ['pass', 1_500, 1, 1])
  assert.is(noise?.disagreements, 0)
  assert.is(outputs['probabilities']?.distance?.mean.toFixed(4), '0.0031')
})

for (const [candidate, flips, confusion] of [
  [
    'drifted',
    44,
    [
      [50, 0, 0],
      [4, 46, 0],
      [0, 40, 10],
    ],
  ],
  [
    'swapped',
    100,
    [
      [50, 0, 0],
      [0, 0, 50],
      [0, 50, 0],
    ],
  ],
] as const) {
  test(`fails ${candidate}, which flips ${flips} of the 150 rows of iris`, async () => {
    await withDataset(async (path) => {
      const finished = await compare(candidate, path, ['--json', '-'])
      assert.is(finished.code, 1, finished.stderr)
      const found = recordOf(finished)
      assert.equal([found.verdict, found.pairs], ['fail', 150])
      assert.equal([found.disagreements, found.labelFlips], [flips, flips])
      assert.equal(found.confusion?.counts, confusion)
      assert.equal([found.canaryOnlyErrors, found.stableOnlyErrors], [0, 0])
      assert.is(found.worst.length, 10)
      assert.match(found.reason, `${flips} of 150`)
    })
  })
}

test('leaves open what 150 requests cannot prove', async () => {
  await withDataset(async (path) => {
    const { code, stdout } = await compare('good', path)
    assert.is(code, 3)
    assert.match(stdout, /^inconclusive: .*more requests are needed/)
  })
})

test('sees NaN behind an ordinary label, as a disagreement without a flip', async () => {
  const finished = await compare('nan', REQUESTS, ['--json', '-'])
  assert.is(finished.code, 1)
  const { disagreements, labelFlips, worst } = recordOf(finished)
  assert.equal([disagreements, labelFlips], [readIrisAnswers().nan.nan.length, 0])
  assert.is(worst[0]?.kind, 'notFinite')
})

test('fails a candidate that fails on some inputs, and counts exactly these', async () => {
  const finished = await compare('failing', REQUESTS, ['--json', '-'])
  assert.is(finished.code, 1)
  const { canaryOnlyErrors, stableOnlyErrors, disagreements, worst } = recordOf(finished)
  assert.equal([canaryOnlyErrors, stableOnlyErrors, disagreements], [readIrisAnswers().failing.fails.length, 0, 0])
  assert.is(worst[0]?.line, readIrisAnswers().failing.fails[0]! + 1)
})

test('fails a candidate that takes other inputs, before anything runs', async () => {
  const { code, stdout } = await compare('other-signature')
  assert.is(code, 1)
  assert.match(
    stdout,
    "fail: the candidate cannot answer stable's requests: input 'input' is float32[N,5] in candidate",
  )
})

test('fails a candidate that cannot be loaded, in text, JSON and report', async () => {
  await withDataset(async (path, folder) => {
    const [made, report] = [join(folder, 'made.onnx'), join(folder, 'compare.html')]
    const x = { name: 'input', type: 'float32', shape: ['N', 4] } as const
    const nodes = [{ op: 'Nonsense', inputs: ['input'], outputs: ['label'] }]
    writeFileSync(made, onnxModel({ inputs: [x], outputs: [{ ...x, name: 'label' }], nodes }))
    const options = ['--stable', model('stable'), '--candidate', made, '--requests', path]
    const text = await runModelgate(['compare', ...options, '--report', report])
    assert.is(text.code, 1, text.stderr)
    assert.match(text.stdout, /^fail: the candidate cannot be loaded: .*No Op registered for Nonsense/)
    assert.match(readFileSync(report, 'utf8'), 'No Op registered for Nonsense')
    const json = await runModelgate(['compare', ...options, '--json', '-'])
    assert.is(json.code, 1)
    const { verdict, reason, models, ...counts } = recordOf(json)
    assert.equal([verdict, models.canary.signature], ['fail', null])
    assert.match(reason, 'No Op registered for Nonsense')
    for (const name of ['pairs', 'disagreements', 'labelFlips', 'canaryOnlyErrors', 'stableOnlyErrors'] as const) {
      assert.is(counts[name], 0, name)
    }
  })
})

test('applies the tolerances of the policy', async () => {
  await withDataset(async (path, folder) => {
    const policy = join(folder, 'policy.yaml')
    writeFileSync(policy, 'signals: { shadow: { tolerances: { probabilities: { absolute: 0.02 } } } }\n')
    const { disagreements, labelFlips, outputs } = recordOf(
      await compare('good', path, ['--policy', policy, '--json', '-']),
    )
    assert.is(labelFlips, 0)
    assert.ok(disagreements > 0)
    assert.is(outputs['probabilities']?.tolerance?.absolute, 0.02)
  })
})

test('writes JSON and a report to files, and times both models', async () => {
  await withDataset(async (path, folder) => {
    const [json, report] = [join(folder, 'compare.json'), join(folder, 'compare.html')]
    const { stdout, stderr } = await compare('swapped', path, [
      '--json',
      json,
      '--report',
      report,
      '--speed-time',
      '50ms',
    ])
    assert.match(stdout, /^fail: /, stderr)
    const { speed } = JSON.parse(readFileSync(json, 'utf8')) as ComparisonRecord
    assert.equal(
      speed?.batches.map(({ rows }) => rows),
      [1, 32],
    )
    assert.match(readFileSync(report, 'utf8'), '<h4>Time per row</h4>')
  })
})

test('lists everything that is wrong with its input', async () => {
  await withDataset(async (path, folder) => {
    const policy = join(folder, 'policy.yaml')
    writeFileSync(policy, 'signals: { shadow: { tolerances: { prices: { absolute: 1 } } } }\n')
    writeFileSync(path, '{"inputs":[1,2,3]}\n{"inputs":[1,2,3,"x"]}\n')
    const { code, stdout, stderr } = await compare('missing', path, ['--policy', policy])
    assert.is(code, 2)
    assert.is(stdout, '')
    for (const text of [
      '--candidate: the file cannot be read',
      '--policy: signals.shadow.tolerances.prices: expected an output of stable (label, probabilities)',
      '--requests: line 1: inputs: expected a list of 4 numbers',
      '--requests: line 2: inputs[3]: expected',
    ]) {
      assert.ok(stderr.includes(text), `${text} in ${stderr}`)
    }
  })
})

test('says what is missing on the command line', async () => {
  const { code, stderr } = await runModelgate(['compare', '--stable', 'a.onnx', '--frequency', '3'])
  assert.is(code, 2)
  assert.match(stderr, /frequency/)
})

test.run()
