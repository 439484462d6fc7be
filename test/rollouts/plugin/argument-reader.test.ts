import { Buffer } from 'node:buffer'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import * as reader from '../../../rollouts/plugin/argument-reader.ts'
import { encodeGoTime } from '../../../rollouts/plugin/go-time.ts'
import { GobBlob } from '../../../rollouts/plugin/gob-value.ts'
import type { GobStruct, GobValue } from '../../../rollouts/plugin/gob-value.ts'
import { viewRollout } from '../../../rollouts/plugin/rollout-view.ts'
import { viewHeaderRoute } from '../../../rollouts/plugin/route-view.ts'

const time = encodeGoTime({ unixSeconds: 5n, nanoseconds: 0 })

const FIELDS: readonly [string, (struct: GobStruct, name: string) => unknown, unknown, GobValue, unknown][] = [
  ['textField', reader.textField, '', 'x', 'x'],
  ['boolField', reader.boolField, false, true, true],
  ['numberField', reader.numberField, 0, 5, 5],
  ['optionalNumberField', reader.optionalNumberField, undefined, 5, 5],
  ['structField', reader.structField, {}, { A: 1 }, { A: 1 }],
  ['structsField', reader.structsField, [], [{ A: 1 }], [{ A: 1 }]],
  ['dateField', reader.dateField, undefined, new GobBlob(time, 0, time.length), new Date(5000)],
  ['intOrStringField', reader.intOrStringField, undefined, {}, 0],
  ['durationMsField', reader.durationMsField, undefined, { Duration: 1_500_000_000 }, 1500],
  ['jsonField', reader.jsonField, undefined, Buffer.from('[1]'), [1]],
]

const fields = suite('argument fields')

for (const [name, read, absent, value, expected] of FIELDS) {
  fields(`${name}() puts the zero value back`, () => {
    assert.equal(read({}, 'F'), absent)
  })

  fields(`${name}() reads what was sent`, () => {
    assert.equal(read({ F: value }, 'F'), expected)
  })

  fields(`${name}() refuses another type and names the field`, () => {
    assert.throws(() => read({ F: null }, 'F'), /^Cannot read 'F': expected .*, received nil$/)
  })
}

fields('read an IntOrString of both kinds', () => {
  assert.is(reader.intOrStringField({ F: { IntVal: 3 } }, 'F'), 3)
  assert.is(reader.intOrStringField({ F: { Type: 1, StrVal: '25%' } }, 'F'), '25%')
  assert.is(reader.intOrStringField({ F: { Type: 1 } }, 'F'), '')
})

fields('read a duration beyond 2^53 nanoseconds', () => {
  assert.is(reader.durationMsField({ F: { Duration: 2n ** 62n } }, 'F'), 4_611_686_018_427)
})

fields('read maps without a prototype', () => {
  const record = reader.textMapField({ F: new Map([['__proto__', 'x']]) }, 'F')
  assert.is(Object.getPrototypeOf(record), null)
  assert.equal(Object.entries(record), [['__proto__', 'x']])
  assert.equal(Object.keys(reader.textMapField({}, 'F')), [])
})

fields('show text that is not UTF-8 with replacement characters', () => {
  assert.is(reader.textField({ F: Buffer.from([0x61, 0xff]) }, 'F'), 'a\ufffd')
})

fields.run()

const rollout = suite('viewRollout()')

rollout('puts zero values back in an empty one', () => {
  const view = viewRollout({})
  assert.equal(
    [view.metadata.name, view.spec.canary, view.status.currentStepIndex, view.status.weights],
    ['', undefined, 0, undefined],
  )
  assert.is(view.spec.replicas, undefined)
})

rollout('tells the steps apart, and takes one without a member for a weight of 0', () => {
  const steps: GobStruct[] = [
    { SetWeight: 10 },
    {},
    { Pause: {} },
    { Pause: { Duration: { IntVal: 60 } } },
    { Plugin: { Name: 'a/b', Config: Buffer.from('{}') } },
    { Analysis: { X: 1 } },
    { SetCanaryScale: {} },
  ]
  assert.equal(viewRollout({ Spec: { Strategy: { Canary: { Steps: steps } } } }).spec.canary?.steps, [
    { kind: 'setWeight', weight: 10 },
    { kind: 'setWeight', weight: 0 },
    { kind: 'pause', duration: undefined },
    { kind: 'pause', duration: 60 },
    { kind: 'plugin', name: 'a/b', config: {} },
    { kind: 'analysis', raw: { X: 1 } },
    { kind: 'setCanaryScale', raw: {} },
  ])
})

rollout.run()

const routes = suite('viewHeaderRoute()')

routes('tells the kinds of match apart', () => {
  const match = (value: GobStruct) => ({ HeaderName: 'x', HeaderValue: value })
  const { match: seen } = viewHeaderRoute({
    Match: [match({ Exact: 'a' }), match({ Prefix: 'b' }), match({ Regex: 'c' }), match({}), {}],
  })
  assert.equal(
    seen.map(({ headerValue }) => headerValue),
    [
      { kind: 'exact', value: 'a' },
      { kind: 'prefix', value: 'b' },
      { kind: 'regex', value: 'c' },
      { kind: 'exact', value: '' },
      undefined,
    ],
  )
})

routes.run()
