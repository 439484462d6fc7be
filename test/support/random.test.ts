import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Random } from './random.ts'

const stream = suite('Random')

stream('gives the numbers of the reference implementation of xoshiro128**', () => {
  const random = new Random('reference', [1, 2, 3, 4])
  // From the tests of rand_xoshiro, which took them from the authors' C program.
  const expected = [11520, 0, 5927040, 70819200, 2031721883, 1637235492, 1287239034, 3734860849, 3729100597, 4258142804]
  assert.equal(
    expected.map(() => random.bits()),
    expected,
  )
})

stream('is determined by its name', () => {
  assert.equal(draw(new Random('cell/7')), draw(new Random('cell/7')))
})

stream('differs from the streams of similar names in about half of all bits', () => {
  for (const other of ['cell/8', 'cell/71', 'dell/7', '', 'cell/7 ']) {
    const [a, b] = [new Random('cell/7'), new Random(other)]
    let different = 0
    for (let i = 0; i < 1_000; i++) different += onesIn(a.bits() ^ b.bits())
    // 32 000 fair bits: 16 000 expected, standard deviation 89.
    assert.ok(Math.abs(different - 16_000) < 5 * 89, `"${other}": ${different} of 32000 bits differ`)
  }
})

stream('forks into streams that do not depend on how far it was read', () => {
  const [fresh, used] = [new Random('seed'), new Random('seed')]
  draw(used)
  assert.equal(draw(fresh.fork('part')), draw(used.fork('part')))
  assert.not.equal(draw(fresh.fork('part')), draw(fresh.fork('other')))
})

stream('spreads uniform numbers evenly over [0, 1)', () => {
  const random = new Random('uniform')
  const cells = new Array<number>(100).fill(0)
  for (let i = 0; i < 200_000; i++) {
    const value = random.uniform()
    assert.ok(value >= 0 && value < 1, `${value}`)
    const cell = Math.floor(value * 100)
    cells[cell] = cells[cell]! + 1
  }
  const chiSquare = cells.reduce((sum, seen) => sum + (seen - 2_000) ** 2 / 2_000, 0)
  // 99 degrees of freedom: a value below 42 or above 186 has a chance of less than 1e-7.
  assert.ok(chiSquare > 42 && chiSquare < 186, `chi-square ${chiSquare}`)
})

stream('is not correlated with itself one step later', () => {
  const random = new Random('serial')
  const count = 200_000
  let sum = 0
  let previous = random.uniform() - 0.5
  for (let i = 0; i < count; i++) {
    const next = random.uniform() - 0.5
    sum += previous * next
    previous = next
  }
  const correlation = (12 * sum) / count
  assert.ok(Math.abs(correlation) < 5 / Math.sqrt(count), `correlation ${correlation}`)
})

stream.run()

function draw(random: Random): number[] {
  return Array.from({ length: 20 }, () => random.bits())
}

function onesIn(word: number): number {
  let ones = 0
  for (let rest = word >>> 0; rest !== 0; rest >>>= 1) ones += rest & 1
  return ones
}
