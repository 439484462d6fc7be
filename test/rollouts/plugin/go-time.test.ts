import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { dateOfGoTime, decodeGoTime, encodeGoTime, goTimeOfDate } from '../../../rollouts/plugin/go-time.ts'
import { bytes, hex } from './support/bytes.ts'

const decode = suite('decodeGoTime()')

decode('reads version 1 in UTC', () => {
  const time = decodeGoTime(bytes('01 0000000ee0e92ca5 00000006 ffff  # 2026-01-02T03:04:05.000000006Z'))
  assert.equal(time, { unixSeconds: 1_767_323_045n, nanoseconds: 6 })
})

decode('reads version 1 with an offset in minutes', () => {
  assert.is(decodeGoTime(bytes('01 0000000ee0e93ab5 00000006 ffc4')).offsetSeconds, -3600)
})

decode('reads version 2, whose offset has seconds', () => {
  assert.is(decodeGoTime(bytes('02 0000000ee0e92811 00000006 0013 20')).offsetSeconds, 19 * 60 + 32)
})

decode('reads years 1 and 9999 exactly', () => {
  assert.is(decodeGoTime(bytes('01 0000000000000000 00000000 ffff')).unixSeconds, -62_135_596_800n)
  assert.is(
    dateOfGoTime(decodeGoTime(bytes('01 0000000000000000 00000000 ffff'))).toISOString(),
    '0001-01-01T00:00:00.000Z',
  )
  const last = goTimeOfDate(new Date('9999-12-31T23:59:59.999Z'))
  assert.equal(decodeGoTime(encodeGoTime(last)), last)
})

for (const [name, blob] of [
  ['no bytes', ''],
  ['another version', '03 0000000000000000 00000000 ffff'],
  ['version 1 that is cut', '01 0000000000000000 00000000 ff'],
  ['version 1 with a byte more', '01 0000000000000000 00000000 ffff 00'],
  ['version 2 without its last byte', '02 0000000000000000 00000000 ffff'],
] as const) {
  decode(`refuses ${name}`, () => {
    assert.throws(() => decodeGoTime(bytes(blob)), /^Cannot decode time: version/)
  })
}

decode('refuses nanoseconds that are a second or more, or negative', () => {
  assert.throws(() => decodeGoTime(bytes('01 0000000000000000 3b9aca00 ffff')), /received 1000000000$/)
  assert.throws(() => decodeGoTime(bytes('01 0000000000000000 ffffffff ffff')), /received -1$/)
})

decode.run()

const encode = suite('encodeGoTime()')

encode('writes version 1 in UTC, whatever the offset', () => {
  const time = { unixSeconds: 1_767_323_045n, nanoseconds: 6, offsetSeconds: 3600 }
  assert.is(hex(encodeGoTime(time)), '010000000ee0e92ca500000006ffff')
})

encode.run()

const dates = suite('goTimeOfDate()')

dates('keeps milliseconds on both sides of 1970', () => {
  for (const text of ['2026-01-02T03:04:05.678Z', '1969-12-31T23:59:59.999Z', '0001-01-01T00:00:00.001Z']) {
    const date = new Date(text)
    assert.is(dateOfGoTime(goTimeOfDate(date)).toISOString(), text)
  }
  assert.equal(goTimeOfDate(new Date('1969-12-31T23:59:59.999Z')), { unixSeconds: -1n, nanoseconds: 999_000_000 })
})

dates('cuts what a Date cannot hold', () => {
  assert.is(dateOfGoTime({ unixSeconds: 0n, nanoseconds: 1_999_999 }).getTime(), 1)
})

dates('refuses a date that is not valid', () => {
  assert.throws(() => goTimeOfDate(new Date(Number.NaN)), /date is not valid, received NaN$/)
})

dates.run()
