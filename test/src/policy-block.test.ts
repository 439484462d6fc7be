import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { findPolicyBlock } from '../../src/policy-block.ts'

const slo = (policy: unknown, name = 'gate') => ({ name, provider: { plugin: { 'modelgate/slo': policy } } })
const query = { name: 'latency', interval: '1m', provider: { prometheus: { address: 'http://x', query: 'up' } } }

function template(
  metrics: readonly unknown[],
  { name = 'slo', kind = 'AnalysisTemplate', args = [] as unknown[] } = {},
) {
  return { apiVersion: 'argoproj.io/v1alpha1', kind, metadata: { name, labels: {} }, spec: { args, metrics } }
}

const service = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'iris' } }
const find = (...documents: readonly unknown[]) => findPolicyBlock(documents, 'x')

const test = suite('findPolicyBlock()')

test('takes a file that is a policy as it is', () => {
  const policy = { signals: { shadow: {} } }
  assert.equal(find(policy), { value: policy, args: new Map(), at: '' })
  assert.is(find().value, undefined)
})

for (const kind of ['AnalysisTemplate', 'ClusterAnalysisTemplate']) {
  test(`finds the only metric of the plugin in an ${kind}, among other metrics and objects`, () => {
    const found = find(service, template([query, slo({ falseAbort: 0.02 })], { kind }), 'a text')
    assert.equal(found, { value: { falseAbort: 0.02 }, args: new Map(), at: 'metric slo/gate' })
  })
}

test('takes the defaults of the template, of none but its own', () => {
  const args = [{ name: 'host', value: 'http://p' }, { name: 'stable-hash' }, { name: 'empty', value: '' }]
  const other = template([query], { name: 'other', args: [{ name: 'x', value: 'y' }] })
  assert.equal(
    [...find(other, template([slo({})], { args })).args],
    [
      ['host', 'http://p'],
      ['stable-hash', null],
      ['empty', ''],
    ],
  )
})

test('takes no template of another kind, or of another group, for one', () => {
  const stranger = { ...template([slo({})], { name: 'stranger' }), apiVersion: 'example.com/v1' }
  const run = template([slo({})], { kind: 'AnalysisRun', name: 'run' })
  assert.is(find(stranger, run, template([slo(1)])).value, 1)
})

for (const [what, documents, expected] of [
  [
    'several metrics of the plugin',
    [template([slo({}), query, slo({}, 'guard')]), template([slo({})], { name: 'b' })],
    /^Cannot use x: expected one metric with .*, received 3: metric slo\/gate, metric slo\/guard, metric b\/gate \(leave one of them/,
  ],
  [
    'templates without one',
    [template([query, { name: 'other' }]), template([], { name: 'b' })],
    /expected one metric with provider\.plugin\."modelgate\/slo", received none in slo, b$/,
  ],
  ['an empty block', [template([slo(null)])], /received none in slo$/],
  [
    'a manifest without a template',
    [service, { apiVersion: 'argoproj.io/v1alpha1', kind: 'Rollout' }, 7],
    /expected a policy or an AnalysisTemplate of argoproj\.io, received Service, Rollout, something without a kind$/,
  ],
  ['several policies', [{ signals: {} }, { signals: {} }], /expected one policy, received 2 documents$/],
] as const) {
  test(`refuses ${what}`, () => {
    assert.throws(() => find(...documents), expected)
  })
}

test('lists the faults of all templates', () => {
  const nameless = {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'AnalysisTemplate',
    metadata: {},
    spec: { metrics: [{}] },
  }
  const numeric = template([slo({})], { args: [{ name: 'x', value: 1 }] })
  assert.throws(
    () => find(nameless, numeric),
    /3 faults\n {2}document 1: metadata\.name: .*\n {2}document 1: spec\.metrics\[0\]\.name: .*\n {2}document 2: spec\.args\[0\]\.value: expected a text, received 1$/,
  )
})

test.run()
