import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Signature, TensorSpec } from '#runtime'
import { sampleFeeds } from '../../../runtime/model/sample-feeds.ts'
import { irisSignature } from '../builders.ts'

const sample = suite('sampleFeeds()')

const taking = (...inputs: readonly TensorSpec[]): Signature => irisSignature({ inputs })

sample('makes one row', () => {
  const [feed] = sampleFeeds(irisSignature(), 0) ?? []
  assert.equal(feed?.dims, [1, 4])
  assert.is(feed?.data.length, 4)
})

sample('keeps fixed sizes and gives free ones the same size', () => {
  const feeds = sampleFeeds(
    taking(
      { name: 'a', type: 'int64', shape: [3, 'M'] },
      { name: 'b', type: 'string', shape: ['N', 'M'] },
      { name: 'c', type: 'bool', shape: [] },
    ),
    0,
  )
  assert.equal(
    feeds?.map(({ dims }) => dims),
    [[3, 2], [1, 2], []],
  )
})

sample('makes different values for each variant', () => {
  const seen = [0, 1, 2, 3, 4, 5].map((variant) => sampleFeeds(irisSignature(), variant)?.[0]?.data.join())
  assert.is(new Set(seen).size, 6)
})

sample('makes nothing that does not fit into memory', () => {
  assert.is(sampleFeeds(taking({ name: 'x', type: 'float32', shape: ['N', 100_000, 100_000] }), 0), undefined)
})

sample.run()
