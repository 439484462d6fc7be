import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Signature } from '#runtime'
import { makeJob } from '../../../runtime/protocol/make-job.ts'
import { irisSignature, tensor } from '../builders.ts'

const job = suite('makeJob()')

const PAIR: Signature = irisSignature({
  inputs: [
    { name: 'a', type: 'float32', shape: ['N', 'L'] },
    { name: 'b', type: 'float32', shape: ['M', 'L'] },
  ],
})

function feed(...dims: number[]) {
  return tensor('float32', dims, Array<number>(dims.reduce((product, dim) => product * dim, 1)).fill(0))
}

job('counts rows that are examples of their own', () => {
  assert.is(makeJob([feed(3, 4)], irisSignature(), 3).rows, 3)
  assert.is(makeJob([feed(2, 5), feed(2, 5)], PAIR, 3).rows, 2)
})

job('counts none where inputs bring different numbers, bring nothing, or the model does not vary', () => {
  assert.is(makeJob([feed(1, 5), feed(2, 5)], PAIR, 3).rows, undefined)
  assert.is(makeJob([feed(0, 4)], irisSignature(), 3).rows, undefined)
  const fixed = irisSignature({ inputs: [{ name: 'x', type: 'float32', shape: [9, 4] }] })
  assert.is(makeJob([feed(9, 4)], fixed, 3).rows, undefined)
})

job('refuses more rows than one request may bring', () => {
  assert.throws(() => makeJob([feed(4, 4)], irisSignature(), 3), /inputs: expected at most 3 rows, received 4$/)
})

job('refuses inputs that do not fit each other', () => {
  assert.throws(
    () => makeJob([feed(1, 5), feed(1, 6)], PAIR, 3),
    /inputs.b: expected size 5 in dimension L as in input 'a', received 6$/,
  )
})

job.run()
