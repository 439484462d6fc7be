import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { logScale, scaleFromZero, timeScale } from '../../../src/presentation/chart-scale.ts'

const zero = suite('scaleFromZero()')

for (const [max, ticks] of [
  [0.36, [0, 0.1, 0.2, 0.3, 0.4]],
  [600, [0, 200, 400, 600]],
  [1, [0, 0.25, 0.5, 0.75, 1]],
  [7, [0, 2, 4, 6, 8]],
  [0, [0, 0.25, 0.5, 0.75, 1]],
  [Number.NaN, [0, 0.25, 0.5, 0.75, 1]],
] as const) {
  zero(`to ${max} has round ticks`, () => {
    const rounded = scaleFromZero(max, [0, 100], 4).ticks.map((tick) => Number(tick.toFixed(9)))
    assert.equal(rounded, [...ticks])
  })
}

zero('keeps its largest value inside of its edges, from 1e-9 to 1e9', () => {
  for (let power = -9; power <= 9; power++) {
    for (const digit of [1, 1.3, 2.5, 4.9, 9.99]) {
      const max = digit * 10 ** power
      const scale = scaleFromZero(max, [200, 10], 4)
      assert.is(scale.at(0), 200)
      assert.ok(scale.at(max) >= 10 - 1e-6 && scale.at(max) < 110, `${max} is at ${scale.at(max)}`)
      assert.ok(scale.ticks.length >= 3 && scale.ticks.length <= 6, `${max} has ${scale.ticks.length} ticks`)
    }
  }
})

zero.run()

const time = suite('timeScale()')

time('has ticks at whole steps of a clock', () => {
  assert.equal(timeScale([0, 29_000], [0, 100], 6).ticks, [0, 5_000, 10_000, 15_000, 20_000, 25_000])
  assert.equal(timeScale([90_000, 3_700_000], [0, 100], 5).ticks, [900_000, 1_800_000, 2_700_000, 3_600_000])
})

time('gives a span of nothing some width', () => {
  const scale = timeScale([0, 0], [0, 100], 5)
  assert.is(scale.at(0), 0)
  assert.ok(Number.isFinite(scale.at(500)))
})

time('counts in days when it has to', () => {
  const { ticks } = timeScale([0, 30 * 86_400_000], [0, 100], 10)
  assert.ok(ticks.length > 2 && ticks.length < 12, `${ticks.length} ticks`)
})

time.run()

const log = suite('logScale()')

log('has ticks at powers of ten', () => {
  const { ticks } = logScale([Math.log(0.01), Math.log(150)], [100, 0])
  assert.equal(
    ticks.map((tick) => Number(Math.exp(tick).toPrecision(6))),
    [0.01, 0.1, 1, 10, 100],
  )
})

log('draws values beyond its edges at the edge', () => {
  const scale = logScale([0, 10], [100, 0])
  assert.is(scale.at(-5), 100)
  assert.is(scale.at(5), 50)
  assert.is(scale.at(99), 0)
})

log.run()
