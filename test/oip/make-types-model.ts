/*
 * Writes a model that gives back one tensor of every element type that the server carries:
 *
 *     node test/oip/make-types-model.ts FILE.onnx
 */
import { writeFileSync } from 'node:fs'
import { onnxModel } from '../runtime/onnx-model.ts'

const TYPES = [
  'bool',
  'uint8',
  'uint16',
  'uint32',
  'uint64',
  'int8',
  'int16',
  'int32',
  'int64',
  'float16',
  'float32',
  'float64',
  'string',
] as const

const [path] = process.argv.slice(2)
if (path === undefined) throw new Error('Cannot write the model: expected its path as the argument')
writeFileSync(
  path,
  onnxModel({
    inputs: TYPES.map((type) => ({ name: type, type, shape: ['N', 2] })),
    outputs: TYPES.map((type) => ({ name: `${type}_back`, type, shape: ['N', 2] })),
    nodes: TYPES.map((type) => ({ op: 'Identity', inputs: [type], outputs: [`${type}_back`] })),
  }),
)
