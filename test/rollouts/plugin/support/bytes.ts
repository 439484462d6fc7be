import { Buffer } from 'node:buffer'
import { readFileSync } from 'node:fs'

/** Bytes written as hex with any spacing and line comments behind `#`. */
export function bytes(text: string): Buffer {
  return Buffer.from(text.replace(/#.*$/gm, '').replace(/\s+/g, ''), 'hex')
}

export function hex(buffer: Uint8Array): string {
  return Buffer.from(buffer).toString('hex')
}

/** What `go run ./capture` of the conformance module recorded. */
export function goldenSession(name: string): Buffer {
  return bytes(readFileSync(new URL(`../golden/${name}-session.hex`, import.meta.url), 'utf8'))
}

export interface GoldenKind {
  readonly name: string
  readonly hex: string
}

export function goldenKinds(): readonly GoldenKind[] {
  return JSON.parse(readFileSync(new URL('../golden/gob-kinds.json', import.meta.url), 'utf8')) as readonly GoldenKind[]
}

/** The pieces of a buffer, all of one size but the last. */
export function chunksOf(buffer: Buffer, size: number): readonly Buffer[] {
  const chunks: Buffer[] = []
  for (let at = 0; at < buffer.length; at += size) chunks.push(buffer.subarray(at, at + size))
  return chunks
}
