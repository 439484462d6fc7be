import type { ElementType } from '../model/element-type.ts'

/** Names of element types in the Open Inference Protocol. */
const DATATYPES = {
  bool: 'BOOL',
  uint8: 'UINT8',
  uint16: 'UINT16',
  uint32: 'UINT32',
  uint64: 'UINT64',
  int8: 'INT8',
  int16: 'INT16',
  int32: 'INT32',
  int64: 'INT64',
  float16: 'FP16',
  float32: 'FP32',
  float64: 'FP64',
  string: 'BYTES',
} as const satisfies Record<ElementType, string>

/** An element type's name in the Open Inference Protocol. */
export type Datatype = (typeof DATATYPES)[ElementType]

/** What the Open Inference Protocol calls an element type. */
export function datatypeOf(type: ElementType): Datatype {
  return DATATYPES[type]
}
