import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { fillArguments } from '../../../rollouts/manifest/fill-arguments.ts'

const test = suite('fillArguments()')

test('puts values in the place of placeholders, at any depth', () => {
  const policy = { a: '{{args.host}}', b: ['x-{{ args.host }}-{{args.port}}', 1], c: { d: true, e: null } }
  const args = new Map([
    ['host', 'prometheus'],
    ['port', '9090'],
  ])
  assert.equal(fillArguments(policy, args), {
    value: { a: 'prometheus', b: ['x-prometheus-9090', 1], c: { d: true, e: null } },
    unfilled: [],
  })
})

test('leaves texts, never numbers, as Argo does', () => {
  assert.equal(fillArguments({ max: '{{args.max}}' }, new Map([['max', '0.01']])).value, { max: '0.01' })
})

test('fills in a value as it is, whatever a pattern may mean elsewhere', () => {
  assert.is(fillArguments('{{args.a}}', new Map([['a', '$& {{args.b}}']])).value, '$& {{args.b}}')
})

test('says where there is no value, and leaves the placeholder', () => {
  const { value, unfilled } = fillArguments({ a: [{ b: '{{args.x}}/{{args.y}}' }] }, new Map([['y', '1']]))
  assert.equal(value, { a: [{ b: '{{args.x}}/1' }] })
  assert.equal(unfilled, [{ name: 'x', path: ['a', 0, 'b'] }])
})

test.run()
