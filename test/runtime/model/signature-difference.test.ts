import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { signatureDifferences, type TensorSpec } from '#runtime'
import { irisSignature } from '../builders.ts'

const difference = suite('signatureDifferences()')

const input = (shape: TensorSpec['shape'], type: TensorSpec['type'] = 'float32', name = 'input') =>
  irisSignature({ inputs: [{ name, type, shape }] })

difference('finds none between equals', () => {
  assert.equal(signatureDifferences(irisSignature(), irisSignature()), [])
})

difference('allows another name of a dimension and one that varies where it was fixed', () => {
  assert.equal(signatureDifferences(input([1, 4]), input(['batch', 4])), [])
})

difference('allows further outputs', () => {
  const more = [...irisSignature().outputs, { name: 'margin', type: 'float32', shape: ['N'] } as const]
  assert.equal(signatureDifferences(irisSignature(), irisSignature({ outputs: more })), [])
})

difference('names another size', () => {
  assert.equal(signatureDifferences(irisSignature(), input(['N', 5])), [
    "input 'input' is float32[N,5] in candidate, float32[N,4] in stable",
  ])
})

difference('names another rank', () => {
  assert.equal(signatureDifferences(irisSignature(), input(['N', 4, 1])), [
    "input 'input' is float32[N,4,1] in candidate, float32[N,4] in stable",
  ])
})

difference('names another type', () => {
  assert.equal(signatureDifferences(irisSignature(), input(['N', 4], 'float64')), [
    "input 'input' is float64[N,4] in candidate, float32[N,4] in stable",
  ])
})

difference('names a dimension that no longer varies', () => {
  assert.equal(signatureDifferences(irisSignature(), input([1, 4])), [
    "input 'input' is float32[1,4] in candidate, float32[N,4] in stable",
  ])
})

difference('names inputs and outputs that one side lacks', () => {
  const outputs = irisSignature().outputs.slice(0, 1)
  assert.equal(signatureDifferences(irisSignature(), { ...input(['N', 4], 'float32', 'x'), outputs }), [
    "input 'input' (float32[N,4]) is missing in candidate",
    "input 'x' (float32[N,4]) is missing in stable",
    "output 'probabilities' (float32[N,3]) is missing in candidate",
  ])
})

difference.run()
