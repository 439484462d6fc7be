import { Buffer } from 'node:buffer'
import { dateOfGoTime, decodeGoTime } from './go-time.ts'
import { GobBlob, GobInterface, isGobStruct } from './gob-value.ts'
import type { GobMap, GobStruct, GobValue } from './gob-value.ts'

/*
 * Reads fields of decoded structs and puts Go's zero values back: a field that was not sent is '', 0, false, or empty.
 * A field of another type than expected is an error that names it: the descriptors on the wire come from the client.
 */

const NO_FIELDS: GobStruct = Object.freeze({})
const NO_ENTRIES: GobMap = new Map<GobValue, GobValue>()

/** @throws TypeError if the argument of a call is not of the type that is registered under this name */
export function argumentOf(argument: GobValue, typeName: string): GobStruct {
  if (!(argument instanceof GobInterface) || argument.typeName !== typeName || !isGobStruct(argument.value)) {
    const received = argument instanceof GobInterface ? `'${argument.typeName}'` : kindOf(argument)
    throw new TypeError(`Cannot read argument: expected '${typeName}', received ${received}`)
  }
  return argument.value
}

export function textField(struct: GobStruct, name: string): string {
  const value = struct[name]
  return value === undefined ? '' : textOf(value, name)
}

export function boolField(struct: GobStruct, name: string): boolean {
  const { [name]: value = false } = struct
  if (typeof value !== 'boolean') throw mistyped(name, 'bool', value)
  return value
}

export function numberField(struct: GobStruct, name: string): number {
  return optionalNumberField(struct, name) ?? 0
}

/** For a pointer whose nil means something else than zero; a pointer to zero arrives as nil all the same. */
export function optionalNumberField(struct: GobStruct, name: string): number | undefined {
  const value = struct[name]
  if (value !== undefined && typeof value !== 'number') throw mistyped(name, 'integer below 2^53', value)
  return value
}

export function structField(struct: GobStruct, name: string): GobStruct {
  return optionalStructField(struct, name) ?? NO_FIELDS
}

export function optionalStructField(struct: GobStruct, name: string): GobStruct | undefined {
  const value = struct[name]
  if (value !== undefined && !isGobStruct(value)) throw mistyped(name, 'struct', value)
  return value
}

export function structsField(struct: GobStruct, name: string): readonly GobStruct[] {
  const { [name]: value = [] } = struct
  if (!Array.isArray(value)) throw mistyped(name, 'slice', value)
  return (value as readonly GobValue[]).map((element) => {
    if (!isGobStruct(element)) throw mistyped(name, 'slice of structs', element)
    return element
  })
}

/** Without a prototype: a key such as `__proto__` is a key like any other. */
export function textMapField(struct: GobStruct, name: string): Readonly<Record<string, string>> {
  const record = Object.create(null) as Record<string, string>
  for (const [key, value] of mapEntries(struct, name)) record[textOf(key, name)] = textOf(value, name)
  return record
}

export function bytesMapField(struct: GobStruct, name: string): Readonly<Record<string, Uint8Array>> {
  const record = Object.create(null) as Record<string, Uint8Array>
  for (const [key, value] of mapEntries(struct, name)) {
    if (!(value instanceof Uint8Array)) throw mistyped(name, 'map of bytes', value)
    record[textOf(key, name)] = value
  }
  return record
}

export function structMapField(struct: GobStruct, name: string): readonly (readonly [string, GobStruct])[] {
  return mapEntries(struct, name).map(([key, value]) => {
    if (!isGobStruct(value)) throw mistyped(name, 'map of structs', value)
    return [textOf(key, name), value] as const
  })
}

/** metav1.Time, to the millisecond; undefined for nil and for Go's zero time. */
export function dateField(struct: GobStruct, name: string): Date | undefined {
  const value = struct[name]
  if (value === undefined) return undefined
  if (!(value instanceof GobBlob)) throw mistyped(name, 'time', value)
  return dateOfGoTime(decodeGoTime(value.bytes))
}

/** intstr.IntOrString: `{}` is the integer 0, since a zero is not sent. */
export function intOrStringField(struct: GobStruct, name: string): number | string | undefined {
  const value = optionalStructField(struct, name)
  if (value === undefined) return undefined
  return numberField(value, 'Type') === 1 ? textField(value, 'StrVal') : numberField(value, 'IntVal')
}

/** metav1.Duration in milliseconds, the nanoseconds below cut; undefined for nil. */
export function durationMsField(struct: GobStruct, name: string): number | undefined {
  const value = optionalStructField(struct, name)
  if (value === undefined) return undefined
  const nanoseconds = value.Duration ?? 0
  if (typeof nanoseconds !== 'number' && typeof nanoseconds !== 'bigint') throw mistyped(name, 'duration', nanoseconds)
  return Number(BigInt(nanoseconds) / 1_000_000n)
}

/** json.RawMessage; undefined for nil. */
export function jsonField(struct: GobStruct, name: string): unknown {
  const value = struct[name]
  if (value === undefined) return undefined
  if (!(value instanceof Uint8Array)) throw mistyped(name, 'bytes', value)
  return parseJson(value, name)
}

/** @throws SyntaxError that names what was to be parsed and does not show it: it may hold a secret */
export function parseJson(bytes: Uint8Array, name: string): unknown {
  try {
    return JSON.parse(utf8(bytes)) as unknown
  } catch {
    // Without its cause, which would quote the text.
    throw new SyntaxError(`Cannot read '${name}': ${bytes.length} bytes are not JSON`)
  }
}

function mapEntries(struct: GobStruct, name: string): readonly (readonly [GobValue, GobValue])[] {
  const { [name]: value = NO_ENTRIES } = struct
  if (!(value instanceof Map)) throw mistyped(name, 'map', value)
  return [...(value as ReadonlyMap<GobValue, GobValue>)]
}

/** Bytes that are not UTF-8 become replacement characters in a view; the raw value keeps them. */
function textOf(value: GobValue, name: string): string {
  if (typeof value === 'string') return value
  if (value instanceof Uint8Array) return utf8(value)
  throw mistyped(name, 'string', value)
}

function utf8(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8')
}

function mistyped(name: string, expected: string, value: GobValue): TypeError {
  return new TypeError(`Cannot read '${name}': expected ${expected}, received ${kindOf(value)}`)
}

function kindOf(value: GobValue): string {
  if (value === null) return 'nil'
  if (isGobStruct(value)) return 'struct'
  return typeof value === 'object' ? value.constructor.name : typeof value
}
