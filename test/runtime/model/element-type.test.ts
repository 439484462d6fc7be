import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { elementRules, isElementType, isFloat, type ElementType } from '../../../runtime/model/element-type.ts'

const rules = suite('elementRules()')

const ACCEPTED: readonly (readonly [ElementType, readonly unknown[], readonly string[]])[] = [
  ['float16', [0, -1.5, 65_504, 0.1], ['0', '-1.5', '65504', '0.0999755859375']],
  ['float32', [0, -1.5, 3.4028234663852886e38], ['0', '-1.5', '3.4028234663852886e+38']],
  ['float64', [0.1, -1.7976931348623157e308], ['0.1', '-1.7976931348623157e+308']],
  ['float32', ['NaN', 'Infinity', '-Infinity'], ['NaN', 'Infinity', '-Infinity']],
  ['int8', [-128, 127], ['-128', '127']],
  ['int16', [-32_768, 32_767], ['-32768', '32767']],
  ['int32', [-2_147_483_648, 2_147_483_647], ['-2147483648', '2147483647']],
  ['int64', [-9_007_199_254_740_991, 9_007_199_254_740_991], ['-9007199254740991', '9007199254740991']],
  ['int64', [-(2n ** 63n), 2n ** 63n - 1n], ['-9223372036854775808', '9223372036854775807']],
  ['uint8', [0, 255], ['0', '255']],
  ['uint16', [0, 65_535], ['0', '65535']],
  ['uint32', [0, 4_294_967_295], ['0', '4294967295']],
  ['uint64', [0, 9_007_199_254_740_991], ['0', '9007199254740991']],
  ['uint64', [0n, 2n ** 64n - 1n], ['0', '18446744073709551615']],
  ['bool', [true, false], ['1', '0']],
  ['string', ['', 'Ä"'], ['', 'Ä"']],
]

for (const [type, values, written] of ACCEPTED) {
  rules(`write ${type} ${written[0]!} after what is there already`, () => {
    const { allocate, fill } = elementRules(type)
    const target = allocate(values.length + 1)
    assert.is(fill(target, 1, values), -1)
    assert.equal(Array.from(target, String).slice(1), written)
  })
}

const REFUSED: readonly (readonly [ElementType, readonly unknown[]])[] = [
  ['float16', [65_505, Number.NaN, '1']],
  ['float32', [Number.NaN, Infinity, -Infinity, 3.5e38, '1', 'nan', 1n, null, true, [1], undefined]],
  ['float64', [Number.NaN, Infinity, '1', null]],
  ['int8', [-129, 128, 0.5, '1']],
  ['int16', [-32_769, 32_768]],
  ['int32', [-2_147_483_649, 2_147_483_648, Number.NaN]],
  ['int64', [9_007_199_254_740_992, -9_007_199_254_740_992, 0.5, '1', 2n ** 63n, -(2n ** 63n) - 1n]],
  ['uint8', [-1, 256]],
  ['uint16', [-1, 65_536]],
  ['uint32', [-1, 4_294_967_296]],
  ['uint64', [-1, 9_007_199_254_740_992, -1n, 2n ** 64n]],
  ['bool', [0, 1, 'true', null]],
  ['string', [0, null, true, ['a']]],
]

for (const [type, values] of REFUSED) {
  rules(`refuse for ${type} what it cannot hold, by its place`, () => {
    const { allocate, fill } = elementRules(type)
    const [good] = ACCEPTED.find(([name]) => name === type)?.[1] ?? []
    for (const value of values) assert.is(fill(allocate(3), 0, [good, value, good]), 1, String(value))
  })
}

rules.run()

const known = suite('isElementType()')

known('knows the types that JSON can carry', () => {
  for (const [type] of ACCEPTED) assert.ok(isElementType(type))
})

known('knows neither brain floats nor the names of object members', () => {
  for (const name of ['bfloat16', 'int4', 'toString', '__proto__']) assert.not(isElementType(name))
})

known.run()

const float = suite('isFloat()')

float('is true for the types that have NaN', () => {
  assert.equal(
    [...new Set(ACCEPTED.map(([type]) => type).filter((type) => isFloat(type)))],
    ['float16', 'float32', 'float64'],
  )
})

float.run()
