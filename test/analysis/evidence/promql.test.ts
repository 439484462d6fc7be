import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { rawSamples, selector } from '../../../analysis/evidence/promql.ts'

const select = suite('selector()')

for (const [metrics, matchers, expected] of [
  [['up'], [], 'up{}'],
  [['up'], [{ label: 'a', oneOf: ['x'] }], 'up{a="x"}'],
  [['up'], [{ label: 'a', oneOf: ['x.1', 'y|z'] }], String.raw`up{a=~"x\\.1|y\\|z"}`],
  [['up'], [{ label: 'a', oneOf: ['"\\\n'] }], String.raw`up{a="\"\\\n"}`],
  [['a_total', 'b_bucket'], [{ label: 'h', oneOf: ['1', '2'] }], '{__name__=~"a_total|b_bucket",h=~"1|2"}'],
] as const) {
  select(`writes ${expected}`, () => {
    assert.is(selector(metrics, matchers), expected)
  })
}

select.run()

const range = suite('rawSamples()')

range('writes seconds where they are whole, and milliseconds otherwise', () => {
  assert.is(rawSamples('up{}', 300_000), 'up{}[300s]')
  assert.is(rawSamples('up{}', 1_500), 'up{}[1500ms]')
})

range.run()
