import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { parseArgoDuration } from '#manifest'

const test = suite('parseArgoDuration()')

for (const [duration, durationMs] of [
  [30, 30_000],
  [0, 0],
  ['30', 30_000],
  ['30s', 30_000],
  ['5m', 300_000],
  ['1h', 3_600_000],
  ['1h30m', 5_400_000],
  ['1.5h', 5_400_000],
  ['.5m', 30_000],
] as const) {
  test(`reads ${JSON.stringify(duration)} as ${durationMs} ms`, () => {
    assert.is(parseArgoDuration(duration), durationMs)
  })
}

test('drops fractions of a second, as the controller does', () => {
  assert.is(parseArgoDuration('1900ms'), 1_000)
  assert.is(parseArgoDuration('999us'), 0)
})

for (const duration of [
  -1,
  1.5,
  Number.NaN,
  2 ** 31,
  '',
  's',
  '5 minutes',
  '5d',
  '1h 30m',
  '-5s',
  '1e3s',
  '9'.repeat(80),
]) {
  test(`refuses ${JSON.stringify(duration)}`, () => {
    assert.is(parseArgoDuration(duration), undefined)
  })
}

test.run()
