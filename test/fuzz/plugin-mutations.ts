import { Buffer } from 'node:buffer'
import type { Random } from '../support/random.ts'

/** Bytes at which the formats change their meaning: counts, signs, ids, flags, lengths. */
const TELLING_BYTES = [
  0x00, 0x01, 0x02, 0x03, 0x04, 0x08, 0x10, 0x7f, 0x80, 0xf7, 0xf8, 0xfb, 0xfc, 0xfe, 0xff,
] as const
const MAX_MUTATIONS = 8

/** A changed copy of one input, sometimes joined with a part of another. */
export function mutate(corpus: readonly Buffer[], random: Random): Buffer {
  let bytes: Buffer = Buffer.from(pick(corpus, random))
  const mutations = 1 + below(random, MAX_MUTATIONS)
  for (let count = 0; count < mutations && bytes.length > 0; count += 1) bytes = mutateOnce(bytes, corpus, random)
  return bytes
}

/** Cuts an input into chunks as a socket might; into single bytes only if it is short. */
export function cut(bytes: Buffer, random: Random): readonly Buffer[] {
  const chunks: Buffer[] = []
  const most = Math.max(1 + below(random, 4) ** 6, Math.floor(bytes.length / 200))
  for (let at = 0; at < bytes.length;) {
    const size = 1 + below(random, most)
    chunks.push(bytes.subarray(at, at + size))
    at += size
  }
  return chunks
}

function mutateOnce(bytes: Buffer, corpus: readonly Buffer[], random: Random): Buffer {
  const at = below(random, bytes.length)
  const size = Math.min(bytes.length - at, 1 + below(random, 16))
  switch (below(random, 8)) {
    case 0:
      bytes[at] = below(random, 256)
      return bytes
    case 1:
      bytes[at] = pick(TELLING_BYTES, random)
      return bytes
    case 2:
      bytes[at] = bytes[at]! ^ (1 << below(random, 8))
      return bytes
    case 3:
      return bytes.subarray(0, at)
    case 4:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + size)])
    case 5:
      return Buffer.concat([bytes.subarray(0, at + size), bytes.subarray(at)])
    case 6:
      return Buffer.concat([bytes.subarray(0, at), Buffer.alloc(size, pick(TELLING_BYTES, random)), bytes.subarray(at)])
    default: {
      const other = pick(corpus, random)
      const from = below(random, other.length)
      return Buffer.concat([bytes.subarray(0, at), other.subarray(from, from + 4 * size), bytes.subarray(at)])
    }
  }
}

function below(random: Random, limit: number): number {
  return Math.floor(random.uniform() * limit)
}

function pick<T>(list: readonly T[], random: Random): T {
  return list[below(random, list.length)]!
}
