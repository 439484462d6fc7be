import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { addLogs, sumLogs } from '../../../analysis/decision/log-space.ts'
import { near } from './near.ts'

const add = suite('addLogs()')

add('adds', () => {
  near(addLogs(Math.log(2), Math.log(3)), Math.log(5))
})

add('does not overflow', () => {
  near(addLogs(2_000, 2_000), 2_000 + Math.LN2)
  near(addLogs(-2_000, 0), 0)
})

add('takes the logarithm of 0', () => {
  assert.is(addLogs(-Infinity, 3), 3)
  assert.is(addLogs(3, -Infinity), 3)
  assert.is(addLogs(-Infinity, -Infinity), -Infinity)
})

add.run()

const sum = suite('sumLogs()')

sum('adds a list', () => {
  near(sumLogs([Math.log(1), Math.log(2), Math.log(4)]), Math.log(7))
})

sum('is the logarithm of 0 for nothing', () => {
  assert.is(sumLogs([]), -Infinity)
  assert.is(sumLogs([-Infinity, -Infinity]), -Infinity)
})

sum.run()
