import type { GobReader } from './gob-reader.ts'

/** Ids that every stream knows without a descriptor (encoding/gob/type.go). */
export const BasicType = { bool: 1, int: 2, uint: 3, float: 4, bytes: 5, string: 6, complex: 7, interface: 8 } as const

/** The least id a sender may give to a type of its own: 64 from Go 1.20 on, 65 before. */
export const FIRST_USER_TYPE_ID = 64

export interface WireField {
  readonly name: string
  readonly typeId: number
}

/** What a descriptor says about a type. Ids may refer to types that are described later, or to the type itself. */
export type WireType =
  | { readonly kind: 'array'; readonly elementId: number; readonly length: number }
  | { readonly kind: 'slice'; readonly elementId: number }
  | { readonly kind: 'map'; readonly keyId: number; readonly elementId: number }
  | { readonly kind: 'struct'; readonly name: string; readonly fields: readonly WireField[] }
  | { readonly kind: 'blob'; readonly name: string }

export interface DescriptorLimits {
  readonly maxNameBytes: number
  readonly maxFieldsPerType: number
}

/** Only exported fields travel, and those begin with an upper-case letter: `__proto__` never does. */
const EXPORTED = /^\p{Lu}/u

/*
 * A descriptor is a value of Go's wireType: a struct with one pointer for each kind, of which exactly one is set. Each
 * kind begins with CommonType{Name, Id}. Ids are told again in there; the one in front of the descriptor counts.
 */
const KINDS = ['array', 'slice', 'struct', 'map', 'blob', 'blob', 'blob'] as const

export function readWireType(reader: GobReader, limits: DescriptorLimits): WireType {
  let type: WireType | undefined
  readFields(reader, KINDS.length, (index) => {
    if (type !== undefined) throw reader.fault('type descriptor of two kinds')
    type = readKind(reader, KINDS[index]!, limits)
  })
  if (type === undefined) throw reader.fault('type descriptor of no kind')
  return type
}

function readKind(reader: GobReader, kind: (typeof KINDS)[number], limits: DescriptorLimits): WireType {
  switch (kind) {
    case 'array': {
      const { ids } = readParts(reader, 3, limits)
      return { kind, elementId: ids[1], length: ids[2] }
    }
    case 'slice':
      return { kind, elementId: readParts(reader, 2, limits).ids[1] }
    case 'map': {
      const { ids } = readParts(reader, 3, limits)
      return { kind, keyId: ids[1], elementId: ids[2] }
    }
    case 'blob':
      return { kind, name: readParts(reader, 1, limits).name }
    case 'struct': {
      let name = ''
      let fields: readonly WireField[] = []
      readFields(reader, 2, (index) => {
        if (index === 0) name = readCommon(reader, limits)
        else fields = readStructFields(reader, limits)
      })
      return { kind, name, fields }
    }
  }
}

/** CommonType, then up to two integers: the ids of the parts, or a length. */
function readParts(
  reader: GobReader,
  count: number,
  limits: DescriptorLimits,
): { name: string; ids: [number, number, number] } {
  const parts = { name: '', ids: [0, 0, 0] as [number, number, number] }
  readFields(reader, count, (index) => {
    if (index === 0) parts.name = readCommon(reader, limits)
    else parts.ids[index] = reader.int()
  })
  return parts
}

function readCommon(reader: GobReader, limits: DescriptorLimits): string {
  let name = ''
  readFields(reader, 2, (index) => {
    if (index === 0) name = readName(reader, limits)
    else reader.int()
  })
  return name
}

function readStructFields(reader: GobReader, limits: DescriptorLimits): readonly WireField[] {
  const count = reader.uint()
  // The least field is its terminator alone, so a count above the bytes left cannot be true.
  if (count > limits.maxFieldsPerType || count > reader.leftBytes) {
    throw reader.fault(
      `expected at most ${Math.min(limits.maxFieldsPerType, reader.leftBytes)} fields, received ${count}`,
    )
  }
  const fields: WireField[] = []
  for (let index = 0; index < count; index += 1) {
    let name = ''
    let typeId = 0
    readFields(reader, 2, (part) => {
      if (part === 0) name = readName(reader, limits)
      else typeId = reader.int()
    })
    if (!EXPORTED.test(name))
      throw reader.fault(`expected the name of an exported field, received ${JSON.stringify(name)}`)
    fields.push({ name, typeId })
  }
  return fields
}

export function readName(reader: GobReader, limits: DescriptorLimits): string {
  const size = reader.uint()
  if (size > limits.maxNameBytes)
    throw reader.fault(`name of ${size} bytes is above the limit of ${limits.maxNameBytes}`)
  const name = reader.text(size)
  if (typeof name !== 'string') throw reader.fault('name is not UTF-8')
  return name
}

/** The (delta, value) pairs of a struct with `count` fields, up to the terminating 0. */
function readFields(reader: GobReader, count: number, read: (index: number) => void): void {
  let index = -1
  for (let delta = reader.uint(); delta !== 0; delta = reader.uint()) {
    index += delta
    if (index >= count) throw reader.fault(`expected a field below ${count}, received ${index}`)
    read(index)
  }
}
