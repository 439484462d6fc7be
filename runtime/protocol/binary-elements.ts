import { isUtf8 } from 'node:buffer'
import { elementRules, type Elements, type ElementType } from '../model/element-type.ts'

/** Size of the length before each element of type BYTES. */
const PREFIX_BYTES = 4

/**
 * Reads a tensor's elements as the binary tensor data extension lays them out: little-endian, without padding; one byte per
 * truth value; before each text its length in bytes as a 32-bit number. ONNX Runtime has no big-endian build for Node.
 *
 * Memory is taken only after the bytes were found to hold as many elements as expected.
 *
 * @param count elements that the tensor's shape asks for
 * @returns what was expected instead, where the bytes are not that
 */
export function readBinary(type: ElementType, bytes: Buffer, count: number): Elements | { readonly expected: string } {
  if (type === 'string') return readTexts(bytes, count)
  const empty = elementRules(type).allocate(0) as Exclude<Elements, string[]>
  const expectedBytes = count * empty.BYTES_PER_ELEMENT
  if (bytes.length !== expectedBytes) return { expected: `${expectedBytes} bytes for ${count} elements` }
  if (type === 'bool' && bytes.some((byte) => byte > 1)) return { expected: 'bytes 0 and 1' }
  const elements = elementRules(type).allocate(count) as typeof empty
  new Uint8Array(elements.buffer).set(bytes)
  return elements
}

/** Writes elements as the binary tensor data extension lays them out; numbers share their memory with the result. */
export function writeBinary(elements: Elements): Uint8Array {
  if (!Array.isArray(elements)) return new Uint8Array(elements.buffer, elements.byteOffset, elements.byteLength)
  const lengths = elements.map((text) => Buffer.byteLength(text))
  const bytes = Buffer.allocUnsafe(lengths.reduce((sum, length) => sum + PREFIX_BYTES + length, 0))
  let at = 0
  for (const [i, text] of elements.entries()) {
    at = bytes.writeUInt32LE(lengths[i]!, at)
    at += bytes.write(text, at)
  }
  return bytes
}

function readTexts(bytes: Buffer, count: number): string[] | { readonly expected: string } {
  let found = 0
  let at = 0
  while (at + PREFIX_BYTES <= bytes.length) {
    at += PREFIX_BYTES + bytes.readUInt32LE(at)
    found += 1
  }
  if (at !== bytes.length || found !== count) return { expected: `${count} texts, each behind its length` }
  const texts: string[] = []
  for (at = 0; at < bytes.length;) {
    const start = at + PREFIX_BYTES
    at = start + bytes.readUInt32LE(at)
    const text = bytes.subarray(start, at)
    if (!isUtf8(text)) return { expected: 'texts in UTF-8' }
    texts.push(text.toString())
  }
  return texts
}
