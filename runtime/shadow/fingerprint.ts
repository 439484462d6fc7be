import type { Tensor } from '../model/tensor.ts'

/** Bytes at either end of a tensor that count: an image need not be read as a whole to draw lots about it. */
const MAX_BYTES_PER_END = 1_024
const MAX_CHARACTERS = 1_024

/** FNV-1a, 32 bits: offset basis and prime (https://datatracker.ietf.org/doc/html/draft-eastlake-fnv). */
const BASIS = 0x811c_9dc5
const PRIME = 0x0100_0193

/**
 * A number from 0 to 2^32 - 1 that depends on nothing but the text: the same on every pod and at any time.
 *
 * FNV-1a spreads short inputs badly over the high bits, so MurmurHash3's finaliser mixes it once more
 * (https://github.com/aappleby/smhasher, `fmix32`).
 */
export function textFingerprint(text: string): number {
  return mix(addText(BASIS, text))
}

/**
 * A number from 0 to 2^32 - 1 that depends on the inputs alone: type, dimensions and elements, of large tensors the first and
 * last kilobyte.
 *
 * @param salt another one gives another sample
 */
export function feedsFingerprint(feeds: readonly Tensor[], salt: string): number {
  let hash = addText(BASIS, salt)
  for (const { dims, data } of feeds) {
    for (const dim of dims) hash = addByte(addByte(hash, dim & 0xff), (dim >>> 8) & 0xff)
    hash = Array.isArray(data) ? addTexts(hash, data) : addBytes(hash, data)
  }
  return mix(hash)
}

function addByte(hash: number, byte: number): number {
  return Math.imul(hash ^ byte, PRIME)
}

function addText(start: number, text: string): number {
  let hash = start
  const length = Math.min(text.length, MAX_CHARACTERS)
  for (let i = 0; i < length; i += 1) {
    const unit = text.charCodeAt(i)
    hash = addByte(addByte(hash, unit & 0xff), unit >>> 8)
  }
  return hash
}

function addTexts(start: number, texts: readonly string[]): number {
  let hash = start
  for (const text of texts.slice(0, MAX_CHARACTERS)) hash = addByte(addText(hash, text), 0)
  return hash
}

function addBytes(start: number, { buffer, byteOffset, byteLength }: ArrayBufferView): number {
  const bytes = new Uint8Array(buffer, byteOffset, byteLength)
  let hash = start
  const head = Math.min(byteLength, MAX_BYTES_PER_END)
  for (let i = 0; i < head; i += 1) hash = addByte(hash, bytes[i]!)
  for (let i = Math.max(head, byteLength - MAX_BYTES_PER_END); i < byteLength; i += 1) hash = addByte(hash, bytes[i]!)
  return hash
}

function mix(hash: number): number {
  let mixed = hash
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85eb_ca6b)
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2_ae35)
  return (mixed ^ (mixed >>> 16)) >>> 0
}
