import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { readManifest } from '#manifest'
import { faultsOf, rolloutYaml, templateYaml } from './yaml.ts'

const test = suite('readManifest()')

test('reads the steps of the Rollout, in their order', () => {
  const { rollout } = readManifest(
    rolloutYaml(`
      - setWeight: 10
      - pause: { duration: 5m }
      - pause: {}
      - analysis: { templates: [{ templateName: slo }], args: [{ name: a, value: b }] }
      - plugin: { name: modelgate/gate }
      - plugin: { name: else/where }
      - setCanaryScale: { replicas: 2 }
      - setHeaderRoute: { name: x }
      - setMirrorRoute: { name: x }
      - experiment: {}
      - setWeight: 100`),
    'rollout "r.yaml"',
  )
  assert.is(rollout.name, 'iris')
  assert.is(rollout.namespace, 'default')
  assert.is(rollout.maxTrafficWeight, 100)
  assert.equal(rollout.steps, [
    { kind: 'setWeight', weight: 10 },
    { kind: 'pause', durationMs: 300_000 },
    { kind: 'pause', durationMs: null },
    { kind: 'analysis', analysis: { templates: ['slo'], args: [{ name: 'a', from: 'value', value: 'b' }] } },
    { kind: 'gate' },
    { kind: 'other', field: 'plugin else/where' },
    { kind: 'other', field: 'setCanaryScale' },
    { kind: 'other', field: 'setHeaderRoute' },
    { kind: 'other', field: 'setMirrorRoute' },
    { kind: 'other', field: 'experiment' },
    { kind: 'setWeight', weight: 100 },
  ])
})

test('finds the Rollout and its templates among other objects, in any order', () => {
  const service = 'apiVersion: v1\nkind: Service\nmetadata: { name: iris, unknown: { deeply: [1] } }\n'
  const text = ['---', '', service, templateYaml('falseAbort: 0.02'), service, rolloutYaml('- setWeight: 1')].join(
    '\n---\n',
  )
  const { rollout, templates } = readManifest(text, 'x')
  assert.is(rollout.name, 'iris')
  assert.equal(
    templates.map(({ name, policies }) => [name, policies.map(({ policy }) => policy)]),
    [['slo', [{ falseAbort: 0.02 }]]],
  )
})

test('reads weights against maxTrafficWeight', () => {
  const text = rolloutYaml('- setWeight: 500').replace(
    'canary:',
    'canary:\n      trafficRouting: { maxTrafficWeight: 1000 }',
  )
  assert.is(readManifest(text, 'x').rollout.maxTrafficWeight, 1_000)
})

test('shows every fault of every step at once, with line and path', () => {
  const faults = faultsOf(() =>
    readManifest(
      rolloutYaml(`
      - setWeight: 120
      - pause: { duration: 5 minutes }
      - setWieght: 10
      - setWeight: 1
        pause: {}
      - setWeight: "30"
      - setWeight: 2.5
      - analysis: { templates: [] }
      - pause: null`),
      'x',
    ),
  )
  const steps = 'spec.strategy.canary.steps'
  assert.equal(
    faults.map(({ path }) => path),
    [
      `line 9: ${steps}[0].setWeight`,
      `line 10: ${steps}[1].pause.duration`,
      `line 11: ${steps}[2].setWieght`,
      `line 13: ${steps}[3].pause`,
      `line 14: ${steps}[4].setWeight`,
      `line 15: ${steps}[5].setWeight`,
      `line 16: ${steps}[6].analysis.templates`,
      `line 17: ${steps}[7]`,
    ],
  )
  assert.is(faults[0]?.text, 'expected a whole number from 0 to 100, received 120')
  assert.is(faults[1]?.text, 'expected seconds or a duration such as "30s", "5m" or "1h", received "5 minutes"')
  assert.is(faults[3]?.text, 'expected one field in a step, "setWeight" is there already, received an object')
})

for (const [what, text, path, expected] of [
  ['an empty file', '', '', /^expected a Rollout of argoproj.io, received an empty file$/],
  ['a file without a Rollout', 'apiVersion: v1\nkind: Service\n', '', /received Service$/],
  ['a Deployment', 'apiVersion: apps/v1\nkind: Deployment\n', '', /received Deployment$/],
  ['another Rollout', 'apiVersion: example.com/v1\nkind: Rollout\n', '', /received Rollout$/],
  [
    'two Rollouts',
    `${rolloutYaml('- setWeight: 1')}\n---\n${rolloutYaml('- setWeight: 2')}`,
    '',
    /^expected one Rollout, received 2 \(lines 1, 10\)$/,
  ],
  [
    'a Rollout without steps',
    rolloutYaml('').replace(/canary:\s*steps:\s*$/, 'canary: { maxSurge: 1 }'),
    'line 6: spec.strategy.canary.steps',
    /^expected a list of at least one step, .* received nothing$/,
  ],
  [
    'an empty list of steps',
    rolloutYaml('').replace('steps:', 'steps: []'),
    'line 7: spec.strategy.canary.steps',
    /^expected a list of at least one step/,
  ],
  [
    'blue-green',
    'apiVersion: argoproj.io/v1alpha1\nkind: Rollout\nmetadata: { name: x }\nspec:\n  strategy:\n    blueGreen: {}\n',
    'line 6: spec.strategy.blueGreen',
    /^expected a canary strategy, because blue-green /,
  ],
  [
    'no strategy',
    'apiVersion: argoproj.io/v1alpha1\nkind: Rollout\nmetadata: { name: x }\nspec: {}\n',
    'line 4: spec.strategy',
    /^expected a strategy, received nothing$/,
  ],
  ['broken YAML', 'a: [1\nb: 2\n', 'line 2', /flow sequence/],
  ['an unknown alias', 'a: *b\n', '', /alias/],
] as const) {
  test(`refuses ${what}`, () => {
    const [fault, ...others] = faultsOf(() => readManifest(text, 'rollout "r.yaml"'))
    assert.is(others.length, 0)
    assert.is(fault?.path, path)
    assert.match(fault?.text ?? '', expected)
  })
}

test('refuses aliases that would fill the memory', () => {
  const bomb = ['a: &a [x, x, x, x, x, x, x, x, x]']
  for (let k = 1; k < 9; k++) {
    const [from, to] = ['abcdefghi'.charAt(k - 1), 'abcdefghi'.charAt(k)]
    bomb.push(`${to}: &${to} [${Array.from({ length: 9 }, () => `*${from}`).join(', ')}]`)
  }
  const [fault] = faultsOf(() => readManifest(bomb.join('\n'), 'x'))
  assert.match(fault?.text ?? '', /excessive alias count/)
})

test.run()
