import { open, type FileHandle } from 'node:fs/promises'

/** Field of ModelProto that holds the graph, and the ways in which a field's value is written (onnx.proto, protobuf's encoding). */
const GRAPH_FIELD = 7
const WIRE = { varint: 0, fixed64: 1, lengthDelimited: 2, fixed32: 5 } as const

/** Two numbers of up to ten bytes: which field it is, and how long. */
const MAX_HEADER_BYTES = 20
/** Models have some dozens; a file that has so many of the smallest would take minutes to walk through. */
const MAX_FIELDS = 100_000

/**
 * Whether a file is an ONNX model from its first to its last byte, as far as its outermost layer shows: fields that follow each
 * other without a gap, a graph among them, and the last one ends where the file does. Only their headers are read. A text, an
 * error page, a pointer to a file kept elsewhere and a copy that broke off are none; a model that nobody can run is one.
 *
 * @returns false for a file that cannot be read, too
 */
export async function isModelFile(path: string): Promise<boolean> {
  const file = await open(path).catch(() => undefined)
  if (file === undefined) return false
  try {
    const { size } = await file.stat()
    return await holdsModel(file, size)
  } catch (error) {
    if (error instanceof Error && 'syscall' in error) return false
    throw error
  } finally {
    await file.close()
  }
}

async function holdsModel(file: FileHandle, size: number): Promise<boolean> {
  const header = Buffer.alloc(MAX_HEADER_BYTES)
  let hasGraph = false
  let at = 0
  for (let fields = 0; at < size; fields += 1) {
    const { bytesRead } = await file.read(header, 0, MAX_HEADER_BYTES, at)
    const field = readField(header.subarray(0, bytesRead))
    if (field === undefined || field.bytes > size - at || fields === MAX_FIELDS) return false
    hasGraph ||= field.isGraph
    at += field.bytes
  }
  return hasGraph
}

/** One field, header included; undefined where there is none. */
function readField(bytes: Uint8Array): { readonly isGraph: boolean; readonly bytes: number } | undefined {
  const tag = readVarint(bytes, 0)
  const value = tag && readVarint(bytes, tag.end)
  if (tag === undefined || tag.value < 8) return undefined
  const isGraph = Math.floor(tag.value / 8) === GRAPH_FIELD
  switch (tag.value % 8) {
    case WIRE.varint:
      return value && { isGraph: false, bytes: value.end }
    case WIRE.fixed64:
      return { isGraph: false, bytes: tag.end + 8 }
    case WIRE.lengthDelimited:
      return value && { isGraph, bytes: value.end + value.value }
    case WIRE.fixed32:
      return { isGraph: false, bytes: tag.end + 4 }
    default:
      return undefined
  }
}

/** A number in groups of seven bits, the lowest first; above 2^53 it is not exact, and longer than any file. */
function readVarint(bytes: Uint8Array, from: number): { readonly value: number; readonly end: number } | undefined {
  let value = 0
  for (let at = from; at < Math.min(bytes.length, from + 10); at += 1) {
    const byte = bytes[at]!
    value += (byte % 128) * 128 ** (at - from)
    if (byte < 128) return { value, end: at + 1 }
  }
  return undefined
}
