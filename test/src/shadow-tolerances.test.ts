import { rejects } from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { singleModel, type ModelCatalogue, type TensorSpec } from '#runtime'
import { parseRuntimeOptions } from '../../src/runtime-options.ts'
import { settleTolerances } from '../../src/shadow-tolerances.ts'

const CLASSIFIER: readonly TensorSpec[] = [
  { name: 'label', type: 'string', shape: ['N'] },
  { name: 'probabilities', type: 'float32', shape: ['N', 3] },
]

function catalogueOf(outputs = CLASSIFIER): ModelCatalogue {
  return singleModel(
    { name: 'iris', digest: '', signature: { inputs: [], outputs, unsupportedOutputs: [] } },
    { run: () => Promise.reject(new Error('no job was expected')) },
  )
}

/** What becomes of options, and what is said. */
async function settle(values: Readonly<Record<string, unknown>>, catalogue = catalogueOf()) {
  const warnings: string[] = []
  const { shadow } = parseRuntimeOptions({ model: 'm.onnx', ...values }, {})
  const tolerances = await settleTolerances(shadow, { catalogue, warn: (text) => warnings.push(text) })
  return { tolerances: Object.fromEntries(tolerances), warnings }
}

async function withPolicy(text: string, use: (path: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'modelgate-tolerances-'))
  try {
    const path = join(folder, 'gate.yaml')
    writeFileSync(path, text)
    await use(path)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const policyOf = (tolerances: string) => `signals: { shadow: { tolerances: ${tolerances} } }`

const TEMPLATE = (tolerances: string) => `
apiVersion: argoproj.io/v1alpha1
kind: AnalysisTemplate
metadata: { name: slo }
spec:
  metrics: [{ name: gate, provider: { plugin: { modelgate/slo: { ${policyOf(tolerances)} } } } }]
`

const test = suite('settleTolerances()')

test('takes those of the options, and none where nothing is said', async () => {
  const given = await settle({ 'shadow-tolerances': '{"probabilities":{"absolute":0.05}}' })
  assert.equal(given, { tolerances: { probabilities: { absolute: 0.05, relative: 0, ulps: 0 } }, warnings: [] })
  assert.equal(await settle({}), { tolerances: {}, warnings: [] })
})

for (const [what, textOf] of [
  ['policy', policyOf],
  ['template', TEMPLATE],
] as const) {
  test(`takes those of a ${what}`, async () => {
    await withPolicy(textOf('{ probabilities: { relative: 0.1 } }'), async (path) => {
      const { tolerances } = await settle({ 'shadow-policy': path })
      assert.equal(tolerances, { probabilities: { absolute: 0, relative: 0.1, ulps: 0 } })
    })
  })
}

test('takes none of a policy that does not judge comparisons', async () => {
  await withPolicy('signals: { errorRate: {} }', async (path) => {
    assert.equal((await settle({ 'shadow-policy': path })).tolerances, {})
  })
})

test('refuses outputs that no model has, and outputs without numbers, all at once', async () => {
  const expected = [
    String.raw`^Cannot use policy ".*gate\.yaml" for shadowing: 2 faults`,
    String.raw`  signals\.shadow\.tolerances\.price: expected an output of a model served here \(label, probabilities\), received "price"`,
    String.raw`  signals\.shadow\.tolerances\.label: expected an output of numbers, received string\[N\]$`,
  ]
  await withPolicy(policyOf('{ price: { absolute: 1 }, probabilities: {}, label: {} }'), async (path) => {
    await rejects(settle({ 'shadow-policy': path }), { message: new RegExp(expected.join('\n')) })
  })
  await rejects(settle({ 'shadow-tolerances': '{"price":{"absolute":1}}' }), {
    message: /^Cannot use --shadow-tolerances: price: expected an output of a model served here/,
  })
})

test('only warns where a later model may have the output', async () => {
  const values = { 'shadow-tolerances': '{"price":{"ulps":1}}', 'reload-interval': '5s' }
  const { tolerances, warnings } = await settle(values)
  assert.equal(tolerances, { price: { absolute: 0, relative: 0, ulps: 1 } })
  assert.is(warnings.length, 1)
  assert.match(warnings[0] ?? '', /^--shadow-tolerances, price: expected .*, received "price"; it counts once a model/)
})

test('is content where one of several models has the output', async () => {
  const price = catalogueOf([{ name: 'price', type: 'float32', shape: ['N'] }])
  const iris = catalogueOf()
  const models: ModelCatalogue = {
    ...iris,
    find: (name) => (name === 'price' ? price : iris).find(),
    list: () => ['iris', 'price', 'gone'].map((name) => ({ ...iris.list()[0]!, name })),
  }
  const both = { 'shadow-tolerances': '{"price":{},"probabilities":{}}' }
  assert.equal(Object.keys((await settle(both, models)).tolerances), ['price', 'probabilities'])
})

test('refuses a policy that cannot be used, whether or not the models may change', async () => {
  await withPolicy(policyOf('{ probabilities: { absolute: -1 } }'), async (path) => {
    for (const interval of ['0s', '5s']) {
      await rejects(settle({ 'shadow-policy': path, 'reload-interval': interval }), {
        message: /^Cannot use policy ".*": signals\.shadow\.tolerances\.probabilities\.absolute: .*, received -1$/,
      })
    }
  })
})

test.run()
