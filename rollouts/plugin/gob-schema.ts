import type { GoTime } from './go-time.ts'

/**
 * The types a host answers with, fixed in advance. A client decodes a reply into one Go type, and a reply of another
 * shape makes it give up the stream for good without a word; so nothing is derived from the values.
 */
export type GobSchema =
  | { readonly kind: 'bool' | 'int' | 'uint' | 'float' | 'bytes' | 'string' | 'time' }
  | { readonly kind: 'slice'; readonly element: GobSchema }
  | { readonly kind: 'map'; readonly key: GobSchema; readonly element: GobSchema }
  | StructSchema

export interface StructSchema {
  readonly kind: 'struct'
  readonly name: string
  readonly fields: readonly { readonly name: string; readonly schema: GobSchema }[]
}

/** A value that some schema can encode. An absent field is not sent, which Go reads as the zero value. */
export type EncodableValue =
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | GoTime
  | readonly EncodableValue[]
  | ReadonlyMap<EncodableValue, EncodableValue>
  | EncodableStruct

export interface EncodableStruct {
  readonly [field: string]: EncodableValue | undefined
}

export const Schema = {
  bool: { kind: 'bool' },
  int: { kind: 'int' },
  uint: { kind: 'uint' },
  float: { kind: 'float' },
  bytes: { kind: 'bytes' },
  string: { kind: 'string' },
  /** time.Time, and whatever embeds it as metav1.Time does. */
  time: { kind: 'time' },
} as const satisfies Record<string, GobSchema>

export function sliceOf(element: GobSchema): GobSchema {
  return { kind: 'slice', element }
}

export function mapOf(key: GobSchema, element: GobSchema): GobSchema {
  return { kind: 'map', key, element }
}

/** A struct; the order of the fields is the order on the wire. */
export function structOf(name: string, fields: Readonly<Record<string, GobSchema>>): StructSchema {
  return { kind: 'struct', name, fields: Object.entries(fields).map(([field, schema]) => ({ name: field, schema })) }
}
