import { setTimeout as sleep } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openComparator, ServingError, type Candidate, type ComparatorRecorder } from '#runtime'
import type { ComparatorOptions } from '../../../runtime/shadow/comparator.ts'
import { exampleCount } from '../../../runtime/shadow/shadow-pair.ts'
import { irisSignature } from '../builders.ts'
import { irisBatch, irisCandidate, irisPair } from './builders.ts'

function rememberingRecorder(): ComparatorRecorder & { readonly events: string[] } {
  const events: string[] = []
  return {
    events,
    pairs: (examples) => events.push(`pairs ${examples}`),
    disagreements: (examples) => events.push(`disagreements ${examples}`),
    errors: (side, examples) => events.push(`errors ${side} ${examples}`),
    cause: (cause, examples) => events.push(`cause ${cause} ${examples}`),
    flips: (output, stable, canary, examples) => events.push(`flips ${output} ${stable} ${canary} ${examples}`),
    slice: (slice, pairs, disagreements) => events.push(`slice ${slice} ${pairs} ${disagreements}`),
    dropped: (reason, examples) => events.push(`dropped ${reason} ${examples}`),
    ran: (examples, seconds) => {
      assert.ok(examples > 0 && seconds > 0)
    },
  }
}

function open(candidate: Candidate | undefined, change: Partial<ComparatorOptions> = {}) {
  const recorder = rememberingRecorder()
  const told: string[] = []
  const comparator = openComparator({
    candidateFor: () => Promise.resolve(candidate),
    rules: { tolerances: new Map(), slice: undefined, redact: false },
    recorder,
    classNames: ['setosa', 'versicolor', 'virginica'],
    maxExamples: 20,
    maxQueued: 100,
    timeoutMs: 10_000,
    starvedMs: () => 0,
    onMismatch: (text) => told.push(text),
    onFault: (error) => told.push(String(error)),
    clock: { now: () => Date.UTC(2026, 0, 1) },
    ...change,
  })
  return { comparator, told, events: recorder.events }
}

/** Compares batches one after the other, and waits for the end. */
async function compare(subject: ReturnType<typeof open>, ...batches: readonly ReturnType<typeof irisBatch>[]) {
  const seen = () => {
    const { pairs, dropped } = subject.comparator.report()
    return Object.values(dropped).reduce((sum, count) => sum + count, pairs)
  }
  for (const batch of batches) {
    const expected = seen() + batch.pairs.reduce((sum, pair) => sum + exampleCount(pair), 0)
    assert.ok(subject.comparator.offer(batch))
    for (let i = 0; i < 400 && seen() < expected; i += 1) await sleep(1)
    assert.is(seen(), expected)
  }
  await subject.comparator.close()
  return subject.comparator.report()
}

const swapped = irisCandidate((label) => [0, 2, 1][label])

const test = suite('openComparator()')

test('counts examples that agree and labels that flip', async () => {
  const subject = open(swapped)
  const report = await compare(subject, irisBatch([irisPair([0, 1]), irisPair([2]), irisPair([2])]))
  assert.equal(subject.events, [
    'pairs 4',
    'disagreements 3',
    'cause label 3',
    'flips label versicolor virginica 1',
    'flips label virginica versicolor 2',
  ])
  assert.equal([report.pairs, report.disagreements], [4, 3])
  assert.equal(report.flips[0], { output: 'label', stable: 'virginica', canary: 'versicolor', count: 2 })
  assert.equal(report.examples[0], {
    kind: 'flip',
    flip: { output: 'label', stable: 'versicolor', canary: 'virginica' },
    reasons: ["label is 2, stable's is 1"],
    at: '2026-01-01T00:00:00.000Z',
    slice: '',
    inputs: { input: [1, 3.5, 1.5, 0.25] },
    stable: { label: [1], probabilities: [0.125, 0.75, 0.125] },
    canary: { label: [2], probabilities: [0.125, 0.125, 0.75] },
  })
})

test('derives no label from an output that has a tolerance', async () => {
  const rules = (absolute: number) => ({
    rules: {
      tolerances: new Map([['label', { absolute, relative: 0, ulps: 0 }]]),
      slice: undefined,
      redact: false,
    },
  })
  const batch = irisBatch([irisPair([0, 1, 2])])
  const wide = open(swapped, rules(1))
  await compare(wide, batch)
  assert.equal(wide.events, ['pairs 3'])
  const narrow = open(swapped, rules(0.5))
  const { flips, examples } = await compare(narrow, batch)
  assert.equal(narrow.events, ['pairs 3', 'disagreements 2', 'cause number 2'])
  assert.equal([flips, examples[0]?.kind], [[], 'difference'])
})

test('tells which model failed where the other answered', async () => {
  const subject = open(irisCandidate((label) => (label === 2 ? undefined : label)))
  const failed = { outputs: undefined }
  const pairs = [irisPair([0]), irisPair([2, 2]), irisPair([1], failed), irisPair([2], failed)]
  const report = await compare(subject, irisBatch(pairs))
  assert.equal(subject.events, ['pairs 5', 'errors canary 2', 'errors stable 1', 'cause failed 2'])
  assert.equal([report.canaryOnlyErrors, report.stableOnlyErrors], [2, 1])
  assert.equal(
    report.examples.map(({ kind, canary }) => [kind, canary === null]),
    [
      ['canaryFailed', true],
      ['stableFailed', false],
    ],
  )
})

test('sees NaN beside a label that stays as it was', async () => {
  const candidate: Candidate = {
    signature: irisSignature(),
    async run(job) {
      const [label, scores] = await irisCandidate((same) => same).run(job)
      return [label!, { ...scores!, data: new Float32Array(scores!.data.length).fill(Number.NaN) }]
    },
  }
  const subject = open(candidate)
  const report = await compare(subject, irisBatch([irisPair([1])]))
  assert.equal(subject.events, ['pairs 1', 'disagreements 1', 'cause nan 1'])
  assert.is(report.examples[0]?.kind, 'difference')
  assert.equal(report.examples[0]?.canary?.['probabilities'], ['NaN', 'NaN', 'NaN'])
})

test('counts every example of a candidate with another signature, and says why once', async () => {
  const other = {
    ...swapped,
    signature: irisSignature({ inputs: [{ name: 'input', type: 'float32', shape: ['N', 5] }] }),
  }
  const subject = open(other)
  const report = await compare(subject, irisBatch([irisPair([0, 1])]), irisBatch([irisPair([2])]))
  assert.equal(
    subject.events,
    [2, 1].flatMap((count) => [`pairs ${count}`, `disagreements ${count}`, `cause signature ${count}`]),
  )
  assert.equal(subject.told, ["input 'input' is float32[N,5] in candidate, float32[N,4] in stable"])
  assert.match(report.examples[0]?.reasons[0] ?? '', /^another signature: input 'input' is float32\[N,5\]/)
})

test('counts slices by header and by an element of an input', async () => {
  const byHeader = open(swapped)
  await compare(byHeader, irisBatch([irisPair([0, 1], { slice: 'blue' }), irisPair([2])]))
  assert.ok(byHeader.events.includes('slice blue 2 1'))
  assert.not.ok(byHeader.events.some((event) => event.startsWith('slice  ')))
  const slice = { kind: 'input', name: 'input', column: 0 } as const
  const byInput = open(swapped, { rules: { tolerances: new Map(), slice, redact: false } })
  const report = await compare(byInput, irisBatch([irisPair([0, 1, 1])]))
  assert.equal(report.slices, [
    { slice: '1', pairs: 2, disagreements: 2 },
    { slice: '0', pairs: 1, disagreements: 0 },
  ])
})

test('names at most fifty slices', async () => {
  const subject = open(swapped)
  const pairs = Array.from({ length: 80 }, (_, i) => irisPair([0], { slice: `tenant ${i}` }))
  const { slices } = await compare(subject, irisBatch(pairs))
  assert.is(slices.length, 51)
  assert.equal(slices[0], { slice: 'other', pairs: 30, disagreements: 0 })
})

test('keeps each example once, and no inputs where they are to be hidden', async () => {
  const many = irisBatch(Array.from({ length: 60 }, (_, i) => irisPair([1 + (i % 2)])))
  const { examples } = await compare(open(swapped), many, many, many)
  // Sixty pairs in each batch, but of two inputs only.
  assert.is(examples.length, 2)
  const redacted = open(swapped, { rules: { tolerances: new Map(), slice: undefined, redact: true }, maxExamples: 3 })
  const report = await compare(redacted, many)
  assert.is(report.examples.length, 3)
  assert.ok(report.examples.every(({ inputs, stable }) => inputs === null && stable !== null))
})

test('drops what finds its queue full', async () => {
  let release: (() => void) | undefined
  const gate = new Promise<void>((resolve) => (release = resolve))
  const waiting: Candidate = { ...swapped, run: (job) => gate.then(() => swapped.run(job)) }
  const subject = open(waiting, { maxQueued: 3 })
  assert.ok(subject.comparator.offer(irisBatch([irisPair([0])])))
  await sleep(1)
  assert.ok(subject.comparator.offer(irisBatch([irisPair([0, 1])])))
  assert.not(subject.comparator.offer(irisBatch([irisPair([0, 1])])))
  assert.equal(subject.events, ['dropped queue 2'])
  release?.()
  await subject.comparator.close()
})

test('counts what a candidate that hangs was given as failed, again for as long as it hangs, and drops the rest', async () => {
  let release: (() => void) | undefined
  const gate = new Promise<void>((resolve) => (release = resolve))
  const hanging: Candidate = { ...swapped, run: (job) => gate.then(() => swapped.run(job)) }
  const subject = open(hanging, { timeoutMs: 5 })
  const one = irisBatch([irisPair([0])])
  subject.comparator.offer(irisBatch([irisPair([0, 1])]))
  subject.comparator.offer(one)
  subject.comparator.offer(one)
  for (let i = 0; i < 200 && subject.events.length < 7; i += 1) await sleep(5)
  assert.equal(subject.events, [
    ...['pairs 2', 'errors canary 2', 'cause hung 2'],
    'dropped hung 1',
    ...['pairs 1', 'errors canary 1', 'cause hung 1'],
  ])
  assert.ok(subject.comparator.offer(one), 'one batch waits for it')
  assert.not(subject.comparator.offer(one))
  release?.()
  for (let i = 0; i < 200 && subject.events.length < 9; i += 1) await sleep(1)
  assert.ok(subject.comparator.offer(one))
  await subject.comparator.close()
  assert.equal(subject.events.slice(7), ['dropped hung 1', 'pairs 1', 'pairs 1'])
})

test('ends although the batch under way hangs only then', async () => {
  const subject = open({ ...swapped, run: () => new Promise(() => undefined) }, { timeoutMs: 5 })
  subject.comparator.offer(irisBatch([irisPair([0])]))
  await subject.comparator.close()
  assert.equal(subject.events, ['dropped hung 1'])
})

test('calls a candidate that gets no processor slow, not hung', async () => {
  const slow: Candidate = { ...swapped, run: (job) => sleep(60).then(() => swapped.run(job)) }
  const subject = open(slow, { timeoutMs: 10, starvedMs: () => performance.now() })
  await compare(subject, irisBatch([irisPair([0])]))
  assert.equal(subject.events, ['pairs 1'])
})

test('ends while a candidate hangs', async () => {
  const subject = open({ ...swapped, run: () => new Promise(() => undefined) }, { timeoutMs: 5 })
  const one = irisBatch([irisPair([0])])
  subject.comparator.offer(one)
  for (let i = 0; i < 200 && subject.events.length < 3; i += 1) await sleep(5)
  subject.comparator.offer(one)
  await subject.comparator.close()
  assert.not(subject.comparator.offer(one))
  await sleep(20)
  assert.equal(subject.events.slice(3), ['dropped hung 1', 'dropped queue 1'])
})

test('calls no pair what the candidate had no room for, or no model was there for', async () => {
  const full = { ...swapped, run: () => Promise.reject(new ServingError('overloaded', 'full')) }
  const subject = open(full)
  await compare(subject, irisBatch([irisPair([0, 1])]))
  assert.equal(subject.events, ['dropped busy 2'])
  const nobody = open(undefined)
  await compare(nobody, irisBatch([irisPair([0])]))
  assert.equal(nobody.events, ['dropped noModel 1'])
})

test('goes on after a fault of its own', async () => {
  let calls = 0
  const subject = open(swapped, {
    candidateFor: () => (calls++ === 0 ? Promise.reject(new TypeError('broken')) : Promise.resolve(swapped)),
  })
  await compare(subject, irisBatch([irisPair([0])]), irisBatch([irisPair([0])]))
  assert.equal(subject.events, ['dropped fault 1', 'pairs 1'])
  assert.equal(subject.told, ['TypeError: broken'])
})

test.run()
