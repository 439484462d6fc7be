import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { z } from 'zod'
import { clip, InputError, parseInput, showValue } from '#faults'

const schema = z.strictObject({
  max: z.number(),
  names: z.array(z.string()).optional(),
  byName: z.record(z.string().max(3, 'expected at most 3 characters'), z.number()).optional(),
})

const parse = suite('parseInput()')

parse('gives what the schema makes of an input', () => {
  assert.equal(parseInput(schema, { max: 1 }, 'limits'), { max: 1 })
})

parse('lists every fault with its path and the value received', () => {
  const input = { max: '1', names: ['a', 7], byName: { long: 1 }, other: true }
  assert.throws(
    () => parseInput(schema, input, 'limits "l.json"'),
    (error: unknown) => {
      assert.ok(error instanceof InputError)
      assert.equal(error.message.split('\n  '), [
        'Cannot use limits "l.json": 4 faults',
        'max: expected number, received "1"',
        'names[1]: expected string, received 7',
        'byName: expected at most 3 characters, received "long"',
        'unknown key "other"',
      ])
      return true
    },
  )
})

parse('says where in a larger input it stands', () => {
  assert.throws(
    () => parseInput(schema, { max: null }, 'limits', 'line 3'),
    /^Cannot use limits: line 3: max: expected/,
  )
})

parse.run()

const show = suite('showValue()')

for (const [value, shown] of [
  [undefined, 'nothing'],
  [Number.NaN, 'NaN'],
  [2n ** 64n, '18446744073709551616'],
  [[1, 2], 'a list of 2'],
  [{ secret: 'x' }, 'an object'],
  ['a\nb', '"a\\nb"'],
  [null, 'null'],
] as const) {
  show(`shows ${shown}`, () => {
    assert.is(showValue(value), shown)
  })
}

show('cuts what is long', () => {
  assert.is(showValue('x'.repeat(200)).length, 81)
  assert.is(clip('abcdef', 3), 'abc…')
})

show.run()
