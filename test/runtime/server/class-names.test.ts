import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { classNamer, OTHER_CLASS } from '#runtime'

const namer = suite('classNamer()')

namer('names classes by their number', () => {
  const name = classNamer(['setosa', 'versicolor'])
  assert.equal([name('1'), name('0')], ['versicolor', 'setosa'])
})

namer('keeps labels without a name as they are', () => {
  const name = classNamer(['setosa'])
  assert.equal([name('7'), name('spam')], ['7', 'spam'])
})

namer('counts what comes after a hundred classes as one', () => {
  const name = classNamer([])
  for (let label = 0; label < 100; label += 1) assert.is(name(String(label)), String(label))
  assert.is(name('100'), OTHER_CLASS)
  assert.is(name('42'), '42')
})

namer('clips long labels', () => {
  assert.is(classNamer([])('x'.repeat(1_000)).length, 80)
})

namer.run()
