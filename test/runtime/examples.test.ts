import { readFileSync, readdirSync } from 'node:fs'
import { rejects } from 'node:assert/strict'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  type Answers,
  answersOf,
  FOLDER,
  LOG_FATAL_ONLY,
  medianRunMs,
  read,
  readDiabetesAnswers,
  readDigitsAnswers,
  readIrisAnswers,
  readRequests,
  runAll,
  runRows,
  withModel,
} from './example-models.ts'

const FAILURE = /indices element out of data bounds, idx=1/
// float32 sums of 200 votes against scikit-learn's float64 ones, which are committed with 7 decimals.
const PROBABILITY_TOLERANCE = 2e-6

/** NaN anywhere makes the result NaN, which no bound accepts. */
function largestDifference(actual: number[], expected: number[]): number {
  assert.ok(expected.length > 0)
  return Math.max(...expected.map((value, i) => Math.abs(actual[i]! - value)))
}

function shareDifferent(actual: string, reference: string): number {
  assert.is(actual.length, reference.length)
  return actual.split('').filter((label, i) => label !== reference[i]).length / reference.length
}

function countLabels(labels: string): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const label of labels) counts[label] = (counts[label] ?? 0) + 1
  return counts
}

/** Sum over classes of (q - p) ln(q / p); every class must occur in both. */
function populationStabilityIndex(reference: string, current: string): number {
  const [p, q] = [countLabels(reference), countLabels(current)]
  const terms = Object.keys({ ...p, ...q }).map((label) => {
    const [a, b] = [p[label]! / reference.length, q[label]! / current.length]
    return (b - a) * Math.log(b / a)
  })
  return terms.reduce((sum, term) => sum + term, 0)
}

const withPetalArea = (rows: number[][]) => rows.map((row) => [...row, row[2]! * row[3]!])

const files = suite('example files')

files('stay below 3 MB in all', () => {
  const folders = ['iris', 'digits', 'diabetes']
  const paths = folders.flatMap((folder) => readdirSync(new URL(folder, FOLDER)).map((file) => `${folder}/${file}`))
  const sizes = paths.map((path) => readFileSync(new URL(path, FOLDER)).length)
  assert.ok(paths.length > 0)
  assert.ok(sizes.reduce((sum, bytes) => sum + bytes, 0) < 3e6)
})

files('hold the same iris requests as JSON lines and as CSV', () => {
  const [header, ...lines] = read('iris/requests.csv').trimEnd().split('\n')
  assert.is(header, 'sepal_length_cm,sepal_width_cm,petal_length_cm,petal_width_cm')
  assert.equal(
    lines.map((line) => line.split(',').map(Number)),
    readRequests('iris'),
  )
})

for (const [folder, models, inputs, outputs] of [
  ['iris', ['stable', 'good', 'drifted', 'swapped', 'slow', 'failing', 'nan'], 4, classifierOutputs(3)],
  ['iris', ['other-signature'], 5, classifierOutputs(3)],
  ['digits', ['stable', 'candidate'], 64, classifierOutputs(10)],
  ['diabetes', ['stable', 'candidate'], 10, [tensor('value', 'float32', ['N', 1])]],
] as const) {
  for (const model of models) {
    files(`declare ${inputs} inputs and their outputs: ${folder}/${model}`, async () => {
      const declared = await withModel(`${folder}/${model}`, ({ inputMetadata, outputMetadata }) =>
        Promise.resolve({ inputMetadata, outputMetadata }),
      )
      assert.equal(declared, {
        inputMetadata: [tensor('input', 'float32', ['N', inputs])],
        outputMetadata: outputs,
      })
    })
  }
}

function tensor(name: string, type: string, shape: (string | number)[]) {
  return { name, isTensor: true, type, shape }
}

function classifierOutputs(classes: number) {
  return [tensor('label', 'int64', ['N']), tensor('probabilities', 'float32', ['N', classes])]
}

files.run()

const iris = suite('iris models')

iris('answer all 150 rows of the data set as scikit-learn does', async () => {
  const { dataset } = readIrisAnswers()
  const { labels, values } = await answersOf('iris/stable', dataset.inputs)
  assert.is(labels.length, 150)
  assert.is(labels, dataset.labels)
  assert.ok(largestDifference(values, dataset.probabilities.flat()) <= PROBABILITY_TOLERANCE)
})

for (const model of ['stable', 'good', 'drifted', 'swapped', 'slow', 'other-signature'] as const) {
  iris(`answer all requests as scikit-learn does: ${model}`, async () => {
    const expected = readIrisAnswers()[model]
    const requests = readRequests('iris')
    const rows = model === 'other-signature' ? withPetalArea(requests) : requests
    const { labels, values } = await answersOf(`iris/${model}`, rows)
    assert.is(labels.length, 1500)
    assert.is(labels, expected.labels)
    assert.ok(largestDifference(values, expected.probabilities.flat()) <= PROBABILITY_TOLERANCE)
  })
}

iris('give the same bits one by one and in batches', async () => {
  const requests = readRequests('iris').slice(0, 300)
  const single = await withModel('iris/stable', (session) => runAll(session, requests, 1))
  assert.equal(single, await answersOf('iris/stable', requests))
})

iris('find as many requests of each class, with stable', async () => {
  assert.equal(countLabels((await answersOf('iris/stable', readRequests('iris'))).labels), { 0: 500, 1: 500, 2: 500 })
})

iris('hardly differ from stable when good', async () => {
  const [stable, good] = await answersOfBoth('iris/stable', 'iris/good')
  assert.ok(populationStabilityIndex(stable.labels, good.labels) < 0.001)
  const share = shareDifferent(good.labels, stable.labels)
  assert.ok(share > 0 && share < 0.005)
})

iris('predict another mix of classes when drifted', async () => {
  const [stable, drifted] = await answersOfBoth('iris/stable', 'iris/drifted')
  const index = populationStabilityIndex(stable.labels, drifted.labels)
  assert.ok(index > 0.35 && index < 0.6)
})

iris('predict the same mix of other labels when swapped', async () => {
  const [stable, swapped] = await answersOfBoth('iris/stable', 'iris/swapped')
  assert.ok(populationStabilityIndex(stable.labels, swapped.labels) < 0.02)
  assert.is(
    swapped.labels,
    stable.labels.replace(/[12]/g, (label) => (label === '1' ? '2' : '1')),
  )
})

iris('give the bits of stable when slow', async () => {
  const [stable, slow] = await answersOfBoth('iris/stable', 'iris/slow')
  assert.equal(slow, stable)
})

iris('take at least ten times as long as stable when slow', async () => {
  const row = readRequests('iris')[0]!
  const stableMs = await withModel('iris/stable', (session) => medianRunMs(session, row, 51))
  const slowMs = await withModel('iris/slow', (session) => medianRunMs(session, row, 51))
  assert.ok(slowMs > 10 * stableMs, `slow ${slowMs} ms, stable ${stableMs} ms`)
})

iris('fail on exactly the intended requests, and answer the others as stable does', async () => {
  const { fails } = readIrisAnswers().failing
  const requests = readRequests('iris')
  const stable = await answersOf('iris/stable', requests)
  assert.ok(fails.length > 0.05 * requests.length && fails.length < 0.08 * requests.length)
  await withModel(
    'iris/failing',
    async (session) => {
      const failing = new Set(fails)
      for (const [i, row] of requests.entries()) {
        if (failing.has(i)) await rejects(runRows(session, [row]), FAILURE)
        else
          assert.equal(await runRows(session, [row]), {
            labels: stable.labels[i],
            values: stable.values.slice(3 * i, 3 * i + 3),
          })
      }
    },
    LOG_FATAL_ONLY,
  )
})

iris('fail for a whole batch with one failing row', async () => {
  const { fails } = readIrisAnswers().failing
  const requests = readRequests('iris')
  const healthy = requests.filter((_, i) => !fails.includes(i)).slice(0, 10)
  await withModel(
    'iris/failing',
    async (session) => {
      assert.is((await runRows(session, healthy)).labels.length, 10)
      await rejects(runRows(session, [...healthy, requests[fails[0]!]!]), FAILURE)
    },
    LOG_FATAL_ONLY,
  )
})

iris('lose the probabilities of exactly the intended requests, and no label', async () => {
  const expected = readIrisAnswers().nan
  const [stable, lost] = await answersOfBoth('iris/stable', 'iris/nan')
  const rows = new Set(expected.nan)
  assert.ok(rows.size > 0)
  assert.is(lost.labels, stable.labels)
  for (const [i, value] of lost.values.entries()) {
    if (rows.has(Math.floor(i / 3))) assert.ok(Number.isNaN(value))
    else assert.is(value, stable.values[i])
  }
})

async function answersOfBoth(first: string, second: string): Promise<[Answers, Answers]> {
  const requests = readRequests('iris')
  return [await answersOf(first, requests), await answersOf(second, requests)]
}

iris.run()

const digits = suite('digits models')

for (const model of ['stable', 'candidate'] as const) {
  digits(`answer all requests as scikit-learn does: ${model}`, async () => {
    const expected = readDigitsAnswers()[model]
    const { labels, values } = await answersOf(`digits/${model}`, readRequests('digits'))
    assert.is(labels.length, 400)
    assert.is(labels, expected.labels)
    assert.is(Object.keys(countLabels(labels)).length, 10)
    assert.ok(largestDifference(values, expected.probabilities.flat()) <= PROBABILITY_TOLERANCE)
  })
}

digits.run()

const diabetes = suite('diabetes models')

for (const model of ['stable', 'candidate'] as const) {
  diabetes(`answer all requests as scikit-learn does: ${model}`, async () => {
    const expected = readDiabetesAnswers()[model]
    const { values } = await answersOf(`diabetes/${model}`, readRequests('diabetes'))
    assert.is(values.length, 442)
    // Up to 350, as sums of 100 float32 numbers.
    assert.ok(largestDifference(values, expected.values) <= 1e-3)
  })
}

diabetes.run()
