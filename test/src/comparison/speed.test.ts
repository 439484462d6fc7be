import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { timeInTurns } from '../../../src/comparison/speed.ts'
import { near } from '../../analysis/decision/near.ts'

const speed = suite('timeInTurns()')

/** A clock that models move on by what they take. */
function bench() {
  let nowMs = 0
  const order: string[] = []
  const model = (name: string, takesMs: () => number) => () => {
    order.push(name)
    nowMs += takesMs()
    return Promise.resolve()
  }
  return { model, order, now: () => nowMs }
}

speed('measures both by turns, first the one, then the other', async () => {
  const { model, order, now } = bench()
  const found = await timeInTurns(
    model('stable', () => 2),
    model('canary', () => 3),
    10,
    50,
    now,
  )
  near(found.stable.median, 0.000_2)
  near(found.canary.median, 0.000_3)
  near(found.ratio, 1.5)
  assert.is(found.rows, 10)
  assert.is(found.runs, 50 / 5 - 3)
  assert.equal(order.slice(0, 8), ['canary', 'stable', 'stable', 'canary', 'canary', 'stable', 'stable', 'canary'])
})

speed('is not misled by a machine that slows down for both', async () => {
  const { model, now } = bench()
  let slowness = 1
  const found = await timeInTurns(
    model('stable', () => 2 * (slowness *= 1.05)),
    model('canary', () => 4 * slowness),
    1,
    300,
    now,
  )
  assert.ok(found.ratio > 1.9 && found.ratio < 2.1, String(found.ratio))
})

speed('makes five rounds at least, and two thousand at most', async () => {
  const slow = bench()
  assert.is(
    (
      await timeInTurns(
        slow.model('a', () => 1e6),
        slow.model('b', () => 1e6),
        1,
        1,
        slow.now,
      )
    ).runs,
    5,
  )
  const fast = bench()
  assert.is(
    (
      await timeInTurns(
        fast.model('a', () => 0),
        fast.model('b', () => 0),
        1,
        1_000,
        fast.now,
      )
    ).runs,
    2_000,
  )
})

speed.run()
