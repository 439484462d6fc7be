import { readFileSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { parseRuntimeOptions } from '../../src/runtime-options.ts'
import { SHADOW_ARGUMENTS, SHADOW_HELP } from '../../src/shadow-options.ts'

const parse = (values: Readonly<Record<string, unknown>>, env: Readonly<Record<string, string>> = {}) =>
  parseRuntimeOptions({ model: 'm.onnx', ...values }, env).shadow

const test = suite('the options of shadowing')

test('are off by default', () => {
  const { to, accept, share, maxExamples, noiseShare, redact } = parse({})
  assert.equal(
    { to, accept, share, maxExamples, noiseShare, redact },
    { to: undefined, accept: false, share: 0.1, maxExamples: 0, noiseShare: 0, redact: false },
  )
})

test('come from the environment as well, where the command line is silent', () => {
  const env = { SHADOW_TO: 'http://iris-canary', SHADOW_ACCEPT: 'true', SHADOW_SHARE: '0.5', SHADOW_SLICE: '' }
  const fromEnv = parse({}, env)
  assert.is(fromEnv.to?.href, 'http://iris-canary/')
  assert.is(fromEnv.accept, true)
  assert.is(fromEnv.share, 0.5)
  assert.is(fromEnv.slice, undefined)
  assert.is(parse({ 'shadow-share': '1' }, env).share, 1)
  assert.is(parse({}, { SHADOW_ACCEPT: 'false' }).accept, false)
})

test('name slices by header or input, and tolerances as a policy does', () => {
  assert.equal(parse({ 'shadow-slice': 'header:X-Tenant' }).slice, { kind: 'header', name: 'x-tenant' })
  assert.equal(parse({ 'shadow-slice': 'input:city' }).slice, { kind: 'input', name: 'city', column: 0 })
  assert.equal(parse({ 'shadow-slice': 'input:features[12]' }).slice, { kind: 'input', name: 'features', column: 12 })
  assert.equal(
    [...parse({ 'shadow-tolerances': '{"p":{"absolute":0.05}}' }).tolerances],
    [['p', { absolute: 0.05, relative: 0, ulps: 0 }]],
  )
})

for (const [option, value, expected] of [
  ['shadow-to', 'iris-canary', /--shadow-to: expected an address such as "http:\/\/iris-canary"/],
  ['shadow-to', 'http://user:secret@iris', /--shadow-to: expected an address/],
  ['shadow-share', '1.5', /--shadow-share: expected a share from 0 to 1, received "1.5"/],
  ['shadow-share', '10%', /--shadow-share: expected a share from 0 to 1/],
  ['shadow-slice', 'tenant', /--shadow-slice: expected "header:NAME" or "input:NAME\[0\]"/],
  ['shadow-slice', 'header:a b', /--shadow-slice: expected/],
  ['shadow-tolerances', '{', /--shadow-tolerances: expected JSON such as/],
  ['shadow-tolerances', '{"p":{"absolute":-1}}', /--shadow-tolerances: at p\.absolute: expected a number of 0 or more/],
  ['shadow-examples', '-1', /--shadow-examples: expected a whole number from 0 to 10000/],
  ['shadow-examples', '100000', /--shadow-examples: expected a whole number/],
  ['shadow-noise', 'x', /--shadow-noise: expected a share/],
] as const) {
  test(`refuse ${option} ${value}`, () => {
    assert.throws(() => parse({ [option]: value }), expected)
  })
}

test('compare all that a router mirrors, unless a share is given', () => {
  assert.is(parse({}, { SHADOW_STABLE: 'stable.onnx' }).share, 1)
  assert.is(parse({ 'shadow-stable': 'stable.onnx', 'shadow-share': '0.3' }).share, 0.3)
  assert.is(parse({ 'shadow-stable': 'stable.onnx' }).stable, 'stable.onnx')
})

test('refuse everything that cannot be said beside the model of stable, at once', () => {
  const values = { 'shadow-to': 'http://iris', 'shadow-accept': true, 'shadow-noise': '0.1', models: '/models' }
  const faults = /--shadow-to: [^]*--shadow-accept: [^]*--shadow-noise: [^]*--models: expected no such option beside/
  assert.throws(() => parse({ 'shadow-stable': 'stable.onnx', ...values }), faults)
  const two = { model: ['a=a.onnx', 'b=b.onnx'], 'shadow-stable': 'stable.onnx' }
  assert.throws(() => parse(two), /--model: expected one model beside --shadow-stable/)
  assert.not.throws(() => parse(values))
})

test('take tolerances from a policy, by option or variable', () => {
  const { policyPath, tolerances } = parse({}, { SHADOW_POLICY: '/etc/modelgate/gate.yaml' })
  assert.equal([policyPath, tolerances.size], ['/etc/modelgate/gate.yaml', 0])
  assert.is(parse({ 'shadow-policy': 'a.yaml' }, { SHADOW_POLICY: 'b.yaml' }).policyPath, 'a.yaml')
  assert.throws(() => parse({ 'shadow-policy': '' }), /--shadow-policy: expected the path of a policy, received ""/)
})

test('refuse tolerances in two places', () => {
  const both = { SHADOW_POLICY: 'gate.yaml', SHADOW_TOLERANCES: '{}' }
  assert.throws(
    () => parse({}, both),
    /: --shadow-tolerances: expected no such option beside --shadow-policy, received "{}"$/,
  )
})

test('list what cannot be said together beside what is wrong by itself', () => {
  const wrong = { 'shadow-share': '2', 'shadow-to': 'iris', 'shadow-policy': 'p', 'shadow-tolerances': '{', port: 'x' }
  const values = { ...wrong, model: ['a=a.onnx', 'b=b.onnx'], 'shadow-stable': 's.onnx', 'shadow-accept': 'no' }
  const expected = [
    '8 faults',
    '  --port: .*',
    '  --shadow-to: expected an address .*',
    '  --shadow-share: .*',
    '  --shadow-accept: expected true or false.*',
    '  --shadow-tolerances: expected JSON .*',
    '  --shadow-tolerances: expected no such option beside --shadow-policy.*',
    '  --shadow-to: expected no such option beside --shadow-stable.*',
    '  --model: expected one model beside --shadow-stable.*$',
  ]
  assert.throws(() => parse(values), new RegExp(expected.join('\\n')))
  const missing = { model: undefined, 'shadow-stable': 's.onnx', 'shadow-accept': true }
  assert.throws(() => parse(missing), /2 faults\n {2}--model: .*\n {2}--shadow-accept: expected no such option/)
})

test('know whether the models may be exchanged', () => {
  const may = [{}, { 'reload-interval': '5s' }, { models: '/m' }, { models: '/m', 'reload-interval': '0s' }]
  assert.equal(
    may.map((values) => parse(values).modelsMayChange),
    [false, true, true, false],
  )
})

test('refuse a switch in the environment that is neither on nor off', () => {
  assert.throws(() => parse({}, { SHADOW_ACCEPT: 'yes' }), /--shadow-accept: expected true or false/)
})

test('are all explained', () => {
  for (const name of Object.keys(SHADOW_ARGUMENTS)) assert.match(SHADOW_HELP, `--${name} `)
})

test('are all documented, as options and as variables', () => {
  const text = readFileSync(new URL('../../docs/shadow.md', import.meta.url), 'utf8')
  for (const name of Object.keys(SHADOW_ARGUMENTS)) {
    assert.match(text, `\`--${name}\``)
    assert.match(text, `\`${name.replaceAll('-', '_').toUpperCase()}\``)
  }
})

test.run()
