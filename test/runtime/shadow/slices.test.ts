import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { headerSlice, inputSlice, OTHER_SLICE, sliceNamer } from '../../../runtime/shadow/slices.ts'
import { tensor } from '../builders.ts'

const header = suite('headerSlice()')

header('is the text of the header, short and on one line', () => {
  assert.is(headerSlice({ 'x-tenant': 'acme' }, 'x-tenant'), 'acme')
  assert.is(headerSlice({}, 'x-tenant'), '')
  assert.is(headerSlice({ 'x-tenant': 'acme' }, undefined), '')
  assert.is(headerSlice({ 'x-tenant': `a\tb${'x'.repeat(100)}` }, 'x-tenant'), `a b${'x'.repeat(57)}`)
})

header.run()

const input = suite('inputSlice()')

const specs = [
  { name: 'x', type: 'float32', shape: ['N', 2] },
  { name: 'city', type: 'string', shape: ['N'] },
] as const

input('is an element of the row, in the fewest digits that stand for it', () => {
  const feeds = [tensor('float32', [2, 2], [5.1, 1.8, 0.1, 1e-20]), tensor('string', [2], ['Oslo', 'Bergen'])]
  assert.is(inputSlice({ name: 'x', column: 1 }, specs, feeds, 0), '1.8')
  assert.is(inputSlice({ name: 'x', column: 1 }, specs, feeds, 1), '1e-20')
  assert.is(inputSlice({ name: 'city', column: 0 }, specs, feeds, 1), 'Bergen')
})

input('keeps numbers apart that lie next to each other', () => {
  const next = Math.fround(1.8) + 2 ** -23
  const feeds = [tensor('float32', [1, 2], [0, next])]
  assert.is(Math.fround(Number(inputSlice({ name: 'x', column: 1 }, specs, feeds, 0))), next)
})

input('shows what is no number, and nothing where there is no such element', () => {
  const feeds = [tensor('float32', [1, 2], [Number.NaN, -Infinity])]
  assert.is(inputSlice({ name: 'x', column: 0 }, specs, feeds, 0), 'NaN')
  assert.is(inputSlice({ name: 'x', column: 1 }, specs, feeds, 0), '-Infinity')
  assert.is(inputSlice({ name: 'x', column: 2 }, specs, feeds, 0), '')
  assert.is(inputSlice({ name: 'y', column: 0 }, specs, feeds, 0), '')
})

input('shows whole numbers of 64 bits with all their digits', () => {
  const feeds = [{ type: 'int64', dims: [1], data: BigInt64Array.of(2n ** 60n) }] as const
  assert.is(
    inputSlice({ name: 'n', column: 0 }, [{ name: 'n', type: 'int64', shape: ['N'] }], feeds, 0),
    String(2n ** 60n),
  )
})

input.run()

const namer = suite('sliceNamer()')

namer('keeps the names of the first fifty', () => {
  const name = sliceNamer()
  for (let i = 0; i < 50; i += 1) assert.is(name(`tenant ${i}`), `tenant ${i}`)
  assert.is(name('tenant 50'), OTHER_SLICE)
  assert.is(name('tenant 7'), 'tenant 7')
})

namer.run()
