import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { z } from 'zod'
import { choosePolicy, readManifest } from '#manifest'
import { faultsOf, rolloutYaml, templateYaml } from './yaml.ts'

const HASHES = { stable: 'bcdfghjklm', canary: 'npqrstvwxz' }

const choose = (...documents: string[]) =>
  choosePolicy(readManifest(documents.join('\n---\n'), 'x'), z.unknown(), HASHES, 'x')

const test = suite('choosePolicy()')

test('takes the only policy of the file', () => {
  const choice = choose(rolloutYaml('- setWeight: 1'), templateYaml('falseAbort: 0.02'))
  assert.equal(choice?.policy, { falseAbort: 0.02 })
  assert.is(choice?.origin, 'AnalysisTemplate slo, metric gate')
})

test('takes the policy that the steps name when there are several', () => {
  const choice = choose(
    rolloutYaml('- analysis: { templates: [{ templateName: b }] }'),
    templateYaml('falseAbort: 0.02', { name: 'a' }),
    templateYaml('falseAbort: 0.03', { name: 'b' }),
  )
  assert.equal(choice?.policy, { falseAbort: 0.03 })
})

test('takes the policy of the background analysis', () => {
  const choice = choose(
    rolloutYaml('- setWeight: 1').replace('canary:', 'canary:\n      analysis: { templates: [{ templateName: b }] }'),
    templateYaml('falseAbort: 0.02', { name: 'a' }),
    templateYaml('falseAbort: 0.03', { name: 'b' }),
  )
  assert.equal(choice?.policy, { falseAbort: 0.03 })
})

test('fills in arguments: the Rollout value before the default, hashes, names', () => {
  const args = [
    '{ name: own, value: from rollout }',
    '{ name: stable-hash, valueFrom: { podTemplateHashValue: Stable } }',
    '{ name: canary-hash, valueFrom: { podTemplateHashValue: Latest } }',
    '{ name: rollout, valueFrom: { fieldRef: { fieldPath: metadata.name } } }',
    '{ name: space, valueFrom: { fieldRef: { fieldPath: metadata.namespace } } }',
  ].join(', ')
  const choice = choose(
    rolloutYaml(`- analysis: { templates: [{ templateName: slo }], args: [${args}] }`),
    templateYaml(
      'a: "{{args.own}}", b: "{{ args.preset }}!", c: ["{{args.stable-hash}}/{{args.canary-hash}}"], d: { e: "{{args.rollout}}.{{args.space}}" }, f: 1',
      { args: '{ name: own, value: default }, { name: preset, value: default }' },
    ),
  )
  assert.equal(choice?.policy, {
    a: 'from rollout',
    b: 'default!',
    c: ['bcdfghjklm/npqrstvwxz'],
    d: { e: 'iris.default' },
    f: 1,
  })
})

test('shows the faults of a policy with their lines', () => {
  const manifest = readManifest(`${rolloutYaml('- setWeight: 1')}\n---\n${templateYaml('falseAbort: 2')}`, 'x')
  const schema = z.strictObject({ falseAbort: z.number().max(1, 'expected a fraction') })
  const [fault] = faultsOf(() => choosePolicy(manifest, schema, HASHES, 'x'))
  assert.is(fault?.path, 'line 19: falseAbort')
  assert.is(fault?.text, 'expected a fraction, received 2')
})

test('finds none in a file without one', () => {
  assert.is(choose(rolloutYaml('- setWeight: 1')), undefined)
})

test('refuses to choose between several', () => {
  const [fault] = faultsOf(() =>
    choose(rolloutYaml('- setWeight: 1'), templateYaml('', { name: 'a' }), templateYaml('', { name: 'b' })),
  )
  assert.is(fault?.text, 'expected one policy, received 2 (a/gate, b/gate)')
})

test('refuses an argument without a value', () => {
  const [fault] = faultsOf(() =>
    choose(rolloutYaml('- setWeight: 1'), templateYaml('a: "{{args.x}}"', { args: '{ name: x }' })),
  )
  assert.is(fault?.path, 'line 19')
  assert.is(fault?.text, 'expected a value for the argument "x" of template slo')
})

test.run()
