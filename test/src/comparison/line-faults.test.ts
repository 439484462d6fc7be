import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openLineFaults } from '../../../src/comparison/line-faults.ts'

const faults = suite('openLineFaults()')

faults('puts the line before the path, if there is one', () => {
  const found = openLineFaults()
  found.add(3, [
    { path: 'inputs', text: 'expected a list' },
    { path: '', text: 'expected JSON' },
  ])
  assert.is(found.kinds, 2)
  assert.equal(found.list(), [
    { path: 'line 3: inputs', text: 'expected a list' },
    { path: 'line 3', text: 'expected JSON' },
  ])
})

faults('tells the same fault once, with its first lines', () => {
  const found = openLineFaults()
  for (let line = 1; line <= 5; line += 1) {
    found.add(line, [{ path: 'inputs', text: 'expected a list' }])
    if (line > 3) found.add(line, [{ path: 'id', text: 'expected a list' }])
  }
  assert.equal(
    found.list().map(({ path }) => path),
    ['lines 1, 2, 3 and 2 more: inputs', 'lines 4, 5: id'],
  )
})

faults.run()
