import { rejects } from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { fileURLToPath } from 'node:url'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { InputError } from '#faults'
import { FaultCollector } from '../../../src/rehearsal/collect-faults.ts'
import { parseRehearsalOptions } from '../../../src/rehearsal/options.ts'
import { prepareRehearsal } from '../../../src/rehearsal/preparation.ts'
import { scalePolicy } from '../../../src/time-scale.ts'
import { examplePolicy } from '../../support/rehearsal-example.ts'

const ROOT = fileURLToPath(new URL('../../../', import.meta.url))
const example = (name: string): string => join(ROOT, 'manifests/examples/iris', name)
const iris = (name: string): string => join(ROOT, 'runtime/examples/iris', name)

function exampleOptions(more: Readonly<Record<string, unknown>> = {}) {
  return parseRehearsalOptions({
    stable: iris('stable.onnx'),
    candidate: [iris('good.onnx'), iris('drifted.onnx')],
    requests: iris('requests.jsonl'),
    rollout: example('rollout.yaml'),
    policy: example('gate.yaml'),
    ...more,
  })
}

const prepare = (more?: Readonly<Record<string, unknown>>) =>
  prepareRehearsal(exampleOptions(more), Date.now, new AbortController().signal)

const test = suite('prepareRehearsal()')

test('reads the example: steps 0, 10, 30, 50 and 100 %, each with a gate', async () => {
  const { rollout, steps, policy, candidates, bodies, notes } = await prepare()
  assert.is(rollout, 'iris')
  assert.equal(
    steps.map(({ weight, action }) => `${weight} ${action.kind}`),
    [
      '0 passOver',
      '0 gate',
      '0 passOver',
      ...[10, 30, 50, 100].flatMap((weight) => [`${weight} weight`, `${weight} gate`]),
    ],
  )
  assert.is(policy.signals.errorRate?.max, 0.02)
  assert.equal(
    candidates.map(({ name }) => name),
    ['good.onnx', 'drifted.onnx'],
  )
  assert.is(bodies.length, 1_500)
  assert.equal(notes, [])
})

test('takes the template in the file of the Rollout, whose arguments name the pods of stable', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'modelgate-preparation-'))
  try {
    const path = join(folder, 'rollout.yaml')
    const texts = ['rollout.yaml', 'gate.yaml'].map((name) => readFileSync(example(name), 'utf8'))
    writeFileSync(path, texts.join('\n---\n'))
    const { policy, stable } = await prepare({ rollout: path, policy: undefined })
    assert.is(policy.stable, stable.podTemplateHash)
    assert.is(policy.signals.errorRate?.max, 0.02)
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('divides the times of the policy and says so', async () => {
  const { policy, notes } = await prepare({ 'time-scale': '60' })
  assert.equal([policy.step.soak, policy.step.deadline], [2_000, 60_000])
  assert.equal(notes, ['times of the Rollout and of the policy are divided by 60'])
})

test('judges shadow comparisons, unless none are made', async () => {
  const judged = await prepare()
  assert.ok(judged.policy.signals.shadow !== undefined && judged.plan.signals.shadow !== undefined)
  const { policy, plan, notes } = await prepare({ 'shadow-share': '0' })
  assert.is(policy.signals.shadow, undefined)
  assert.is(plan.signals.shadow, undefined)
  assert.equal(notes, [
    'the policy judges shadow comparisons; --shadow-share 0 makes none, and the other signals are judged',
  ])
})

test('refuses slices of an input that the model does not have', async () => {
  await rejects(
    prepare({ 'shadow-slice': 'input:tenant[0]' }),
    /--shadow-slice: expected an input of the model, "input", received "tenant"$/,
  )
})

test('reads the same requests from CSV', async () => {
  const [lines, rows] = await Promise.all([prepare(), prepare({ requests: iris('requests.csv') })])
  assert.equal(rows.bodies, lines.bodies)
})

test.run()

const scale = suite('scalePolicy()')

scale('divides times and leaves limits', () => {
  const policy = examplePolicy()
  const scaled = scalePolicy(policy, 3)
  assert.equal(scaled.step, { ...policy.step, soak: 1_000, deadline: 20_000 })
  assert.equal(scaled.signals, policy.signals)
})

scale.run()

const collector = suite('FaultCollector')

collector('goes on after a fault and refuses with all of them', async () => {
  const faults = new FaultCollector()
  const bad = (): number => {
    throw new InputError('x', [
      { path: 'a.b', text: 'expected c' },
      { path: '', text: 'expected d' },
    ])
  }
  assert.is(await faults.attempt('first', bad), undefined)
  assert.is(await faults.attempt('second', () => 7), 7)
  assert.throws(() => {
    faults.refuse('the inputs')
  }, /^Cannot use the inputs: 2 faults\n {2}first: a\.b: expected c\n {2}first: expected d$/)
})

collector('refuses nothing where nothing was wrong', async () => {
  const faults = new FaultCollector()
  assert.is(await faults.attempt('only', () => Promise.resolve('value')), 'value')
  faults.refuse('the inputs')
})

collector.run()
