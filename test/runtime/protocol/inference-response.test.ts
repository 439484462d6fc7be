import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { writeInferenceResponse } from '../../../runtime/protocol/inference-response.ts'
import { irisSignature, tensor } from '../builders.ts'

const write = suite('writeInferenceResponse()')

const MODEL = { name: 'iris', version: '2', signature: irisSignature() }
const TENSORS = [tensor('int64', [1], [2]), tensor('float32', [1, 3], [0.5, Number.NaN, 0.25])]
const HEAD = '{"model_name":"iris","model_version":"2",'

write('writes the wanted outputs as flat lists, with the id and without hiding NaN', () => {
  const outputs = [
    { index: 1, binary: false },
    { index: 0, binary: false },
  ]
  const { body, jsonBytes } = writeInferenceResponse(MODEL, { id: 'a"b', outputs }, TENSORS)
  assert.is(
    body,
    `${HEAD}"id":"a\\"b","outputs":[` +
      '{"name":"probabilities","datatype":"FP32","shape":[1,3],"data":[0.5,"NaN",0.25]},' +
      '{"name":"label","datatype":"INT64","shape":[1],"data":[2]}]}',
  )
  assert.is(jsonBytes, undefined)
})

write('writes binary elements behind the JSON, whose length it tells in bytes', () => {
  const outputs = [
    { index: 0, binary: true },
    { index: 1, binary: true },
  ]
  const { body, jsonBytes } = writeInferenceResponse({ ...MODEL, name: 'Ä' }, { id: undefined, outputs }, TENSORS)
  const bytes = Buffer.from(body)
  assert.is(
    bytes.subarray(0, jsonBytes).toString(),
    '{"model_name":"Ä","model_version":"2","outputs":[' +
      '{"name":"label","datatype":"INT64","shape":[1],"parameters":{"binary_data_size":8}},' +
      '{"name":"probabilities","datatype":"FP32","shape":[1,3],"parameters":{"binary_data_size":12}}]}',
  )
  assert.is(bytes.subarray(jsonBytes).toString('hex'), '0200000000000000' + '0000003f' + '0000c07f' + '0000803e')
})

write.run()
