import { rejects } from 'node:assert/strict'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ServingError, type Executor, type Job, type Signature, type Tensor } from '#runtime'
import { compareModels, type NumberedRequest, type Progress } from '../../../src/comparison/compare-models.ts'
import { offlinePolicy, openJudge } from '../../../src/comparison/judge.ts'
import { CLASSIFIER, floats, job, LABEL, labels, PROBABILITIES } from './builders.ts'

const compare = suite('compareModels()')

compare('counts pairs, flips and failures, and keeps the worst examples', async () => {
  const stable = classifier((x) => x)
  const canary = classifier((x) => {
    if (x === 3) throw new ServingError('modelFailed', 'Cannot run it')
    return x === 1 ? 0 : x
  })
  const found = await run([job(0, 0), job(1, 0), job(2, 0), job(3, 0)], stable, canary)
  assert.is(found.requests, 4)
  assert.is(found.pairs, 4)
  assert.is(found.disagreements, 1)
  assert.is(found.labelFlips, 1)
  assert.is(found.canaryOnlyErrors, 1)
  assert.is(found.stableOnlyErrors, 0)
  assert.equal(found.errors, [{ side: 'canary', message: 'Cannot run it', count: 1 }])
  assert.equal(found.worst, [
    {
      kind: 'error',
      line: 4,
      row: 0,
      inputs: { input: [3, 0] },
      stable: { label: 3, probabilities: [3, 0] },
      canary: null,
      reasons: ['Cannot run it'],
    },
    {
      kind: 'label',
      line: 2,
      row: 0,
      inputs: { input: [1, 0] },
      stable: { label: 1, probabilities: [1, 0] },
      canary: { label: 0, probabilities: [0, 0] },
      reasons: ["label is 0, stable's is 1"],
    },
  ])
  assert.equal(found.confusion?.classes, ['0', '1', '2'])
})

compare('calls classes by their names, in what it says about the worst examples as well', async () => {
  const found = await run(
    [job(1, 0)],
    classifier((x) => x),
    classifier(() => 0),
    { classes: ['cat', 'dog'] },
  )
  assert.equal(found.worst[0]?.reasons, ["label is cat, stable's is dog"])
  assert.equal(found.worst[0]?.stable?.['label'], 1)
  assert.equal(found.confusion?.classes, ['cat', 'dog'])
})

compare('derives no class from an embedding, and tells how alike the rows point', async () => {
  const signature: Signature = { ...CLASSIFIER, outputs: [{ name: 'embedding', type: 'float32', shape: ['N', 2] }] }
  const stable = { signature, executor: executor(() => [floats(2, 3, 4)]) }
  const canary = { signature, executor: executor(() => [floats(2, 4, 3)]) }
  const tolerances = new Map([['embedding', { absolute: 1, relative: 0, ulps: 0 }]])
  const found = await run([job(0, 0)], stable, canary, { tolerances })
  assert.equal([found.disagreements, found.labelFlips, found.confusion], [0, 0, null])
  const { role, rank, cosine } = found.outputs['embedding']!
  assert.equal([role, rank, cosine?.min.toFixed(6)], ['number', null, '0.960000'])
  const taken = await run([job(0, 0)], stable, canary)
  assert.equal([taken.labelFlips, taken.outputs['embedding']?.cosine], [1, null])
})

compare('takes each row of a request for a pair of its own, and a failure for all of its rows', async () => {
  const canary = classifier((x) => {
    if (x === 9) throw new ServingError('modelFailed', 'Cannot run it')
    return x === 2 ? 7 : x
  })
  const found = await run(
    [job(1, 0, 2, 0), job(9, 0, 1, 0, 1, 0)],
    classifier((x) => x),
    canary,
  )
  assert.is(found.pairs, 5)
  assert.is(found.disagreements, 1)
  assert.is(found.canaryOnlyErrors, 3)
  assert.is(found.worst.at(-1)?.row, 1)
  assert.equal(found.worst.at(-1)?.inputs, { input: [2, 0] })
})

compare('matches outputs by name, whatever their order, and misses what the canary does not give', async () => {
  const stable = classifier((x) => x)
  const turned = {
    ...stable,
    signature: { ...CLASSIFIER, outputs: [PROBABILITIES, LABEL] },
    executor: executor((feeds) => classify(feeds, (x) => x).toReversed()),
  }
  assert.is((await run([job(1, 0)], stable, turned)).disagreements, 0)
  const mute = {
    ...stable,
    signature: { ...CLASSIFIER, outputs: [PROBABILITIES] },
    executor: executor((feeds) => classify(feeds, (x) => x).slice(1)),
  }
  const found = await run([job(1, 0), job(2, 0)], stable, mute)
  assert.is(found.disagreements, 2)
  assert.equal(found.worst[0]?.reasons, ["output 'label' is missing in the canary's answer"])
})

compare('runs stable twice and tells how far it differs from itself', async () => {
  let runs = 0
  const moody = classifier((x) => x + (runs++ % 2 === 0 ? 0 : 1))
  const found = await run(
    [job(0, 0)],
    moody,
    classifier((x) => x),
  )
  assert.equal(found.noise, { pairs: 1, disagreements: 1, max: { probabilities: 1 } })
  assert.is(
    (
      await run(
        [job(0, 0)],
        moody,
        classifier((x) => x),
        { noiseRows: 0 },
      )
    ).noise,
    null,
  )
})

compare('stops where the canary cannot go on, and says so', async () => {
  const many = Array.from({ length: 200 }, () => job(1, 0))
  const found = await run(many, classifier(Number), classifier(Number), { whyStop: () => 'it ended 5 times' })
  assert.is(found.stopped, 'it ended 5 times')
  assert.is(found.requests, 64)
})

compare('tells how far it has come', async () => {
  const seen: Progress[] = []
  const many = Array.from({ length: 100 }, () => job(1, 0))
  await run(
    many,
    classifier(Number),
    classifier(() => 2),
    { onProgress: (progress) => seen.push(progress) },
  )
  assert.equal(seen, [
    { requests: 64, disagreements: 64, errors: 0 },
    { requests: 100, disagreements: 100, errors: 0 },
  ])
})

compare('ends when it is interrupted', async () => {
  const signal = AbortSignal.abort('SIGINT')
  await rejects(run([job(1, 0)], classifier(Number), classifier(Number), { signal }), (reason) => reason === 'SIGINT')
})

compare('does not take a fault of its own for a failure of a model', async () => {
  const broken = {
    ...classifier(Number),
    executor: executor(() => {
      throw new TypeError('oops')
    }),
  }
  await rejects(run([job(1, 0)], classifier(Number), broken), { name: 'TypeError', message: 'oops' })
})

compare.run()

interface Fake {
  readonly signature: Signature
  readonly executor: Executor
}

function executor(run: (feeds: readonly Tensor[]) => readonly Tensor[]): Executor {
  return {
    run: async ({ feeds }: Job) => Promise.resolve(feeds).then(run),
    drain: () => Promise.resolve(),
    release: () => Promise.resolve(),
  }
}

/** A classifier whose label is a function of the first input. */
function classifier(label: (x: number) => number): Fake {
  return { signature: CLASSIFIER, executor: executor((feeds) => classify(feeds, label)) }
}

function classify([input]: readonly Tensor[], label: (x: number) => number): Tensor[] {
  const values = Array.from(input!.data as Float32Array).filter((_, i) => i % 2 === 0)
  const found = values.map((x) => label(x))
  return [labels(...found), floats(2, ...found.flatMap((x) => [x, 0]))]
}

async function run(
  jobs: readonly Job[],
  stable: Fake,
  canary: Fake,
  options: Partial<Parameters<typeof compareModels>[1]> = {},
) {
  return compareModels(numbered(jobs), {
    stable,
    canary,
    tolerances: new Map(),
    classes: [],
    maxWorst: 10,
    noiseRows: 1_000,
    judge: openJudge(offlinePolicy(), jobs.length),
    whyStop: () => undefined,
    onProgress: () => undefined,
    signal: new AbortController().signal,
    ...options,
  })
}

async function* numbered(jobs: readonly Job[]): AsyncGenerator<NumberedRequest> {
  for (const [index, each] of jobs.entries()) yield await Promise.resolve({ line: index + 1, job: each })
}
