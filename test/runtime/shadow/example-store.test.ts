import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { exampleStore } from '../../../runtime/shadow/example-store.ts'
import type { ShadowExample } from '../../../runtime/shadow/shadow-tally.ts'

function flip(input: number, changes: Partial<ShadowExample> = {}): ShadowExample {
  return {
    kind: 'flip',
    at: '2026-01-01T00:00:00Z',
    slice: '',
    flip: { output: 'label', stable: 'a', canary: 'b' },
    reasons: ['label is b'],
    inputs: { x: [input] },
    stable: { label: ['a'] },
    canary: { label: ['b'] },
    ...changes,
  }
}

const store = suite('exampleStore()')

store('keeps the first five of a kind, so that others have room', () => {
  const examples = exampleStore(10)
  examples.add([1, 2, 3, 4, 5, 6, 7].map((input) => flip(input)))
  examples.add([flip(8, { flip: { output: 'label', stable: 'b', canary: 'c' } })])
  assert.equal(
    examples.list().map(({ inputs }) => inputs?.['x']),
    [[1], [2], [3], [4], [5], [8]],
  )
})

store('keeps an input that comes again once', () => {
  const examples = exampleStore(10)
  examples.add([flip(1), flip(1, { at: '2026-01-01T00:00:09Z' }), flip(2)])
  assert.is(examples.list().length, 2)
})

store('takes hidden inputs for different ones', () => {
  const examples = exampleStore(10)
  examples.add([flip(1, { inputs: null }), flip(2, { inputs: null })])
  assert.is(examples.list().length, 2)
})

store('keeps no more than it may', () => {
  const examples = exampleStore(2)
  examples.add([flip(1), flip(2), flip(3)])
  assert.is(examples.list().length, 2)
})

store.run()
