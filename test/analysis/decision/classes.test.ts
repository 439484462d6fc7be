import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  classCounts,
  classOrder,
  foldClasses,
  limitClasses,
  nameClasses,
  openClasses,
} from '../../../analysis/decision/classes.ts'
import type { Arm } from '../../../analysis/decision/window.ts'

function arm(predictions: Record<string, number>): Arm {
  return { requests: 1_000, predictions }
}

const counts = suite('classCounts()')

counts('gives a class that nobody saw before to the bucket of the unnamed', () => {
  const partition = nameClasses(openClasses(), [arm({ setosa: 3, virginica: 1 })])
  assert.equal(partition.labels, ['setosa', 'virginica'])
  assert.equal(classCounts(partition, arm({ virginica: 2, versicolor: 5 })), [5, 0, 2])
})

counts('is not fooled by names that every object has', () => {
  const partition = nameClasses(openClasses(), [arm({ constructor: 3, toString: 1 })])
  assert.equal(classCounts(partition, arm({ setosa: 4 })), [4, 0, 0])
})

counts('is nothing where predictions were not counted', () => {
  assert.is(classCounts(openClasses(), { requests: 3 }), null)
})

counts.run()

const named = suite('nameClasses()')

named('opens a bucket for the next window, in the order of names', () => {
  const first = nameClasses(openClasses(), [arm({ b: 1 })])
  assert.equal(nameClasses(first, [arm({ z: 1, a: 2 }), arm({ c: 1, nothing: 0 })]).labels, ['b', 'a', 'c', 'z'])
})

named('opens none beyond the room there is', () => {
  const { partition } = limitClasses(openClasses(), [0])
  const many = Object.fromEntries(Array.from({ length: 40 }, (_, k) => [`class ${String(k).padStart(2, '0')}`, 1]))
  const full = nameClasses(partition, [arm(many)])
  assert.is(full.labels.length, 29)
  assert.is(nameClasses(full, [arm({ late: 9 })]), full)
  assert.is(classCounts(full, arm({ late: 9 }))?.[0], 9)
})

named.run()

const limited = suite('limitClasses()')

limited('keeps the 29 most frequent of history', () => {
  const many = Object.fromEntries(Array.from({ length: 40 }, (_, k) => [`class ${k}`, k]))
  const partition = nameClasses(openClasses(), [arm(many)])
  const before = classCounts(partition, arm(many))!
  const { partition: after, places } = limitClasses(partition, before)
  assert.is(after.labels.length, 29)
  assert.not.ok(after.labels.includes('class 10'))
  assert.ok(after.labels.includes('class 11'))
  const folded = foldClasses(before, places)
  assert.is(folded.length, 30)
  assert.is(folded[0], (10 * 11) / 2)
})

limited.run()

const order = suite('classOrder()')

order('sorts numbers by value, other names as text, and puts the unnamed last', () => {
  assert.equal(classOrder({ kind: 'classes', labels: ['10', '9', '-1'], room: 29 }), [3, 2, 1, 0])
  assert.equal(classOrder({ kind: 'classes', labels: ['b', '10', 'a'], room: 29 }), [2, 3, 1, 0])
})

order.run()
