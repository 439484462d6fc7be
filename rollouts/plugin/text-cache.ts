import type { Buffer } from 'node:buffer'

/** A power of two, so that a mask picks the entry. */
const ENTRIES = 512
/** Longer texts are rarely the same. */
export const LONGEST_CACHED_BYTES = 64

/**
 * Texts that came before, by their bytes. Kubernetes objects repeat theirs: phases, keys, queries, names. Comparing a
 * few bytes costs less than making the text again, and the one text in many places costs no memory.
 *
 * Each place holds the last text that fell on it, so there is nothing to grow or to evict.
 */
export class TextCache {
  readonly #texts: (string | undefined)[] = new Array<string | undefined>(ENTRIES).fill(undefined)
  #place = 0

  /** The text of these bytes if it came before; never one with other than ASCII. */
  find(bytes: Buffer, start: number, end: number): string | undefined {
    this.#place = hash(bytes, start, end) & (ENTRIES - 1)
    const known = this.#texts[this.#place]
    return known !== undefined && known.length === end - start && isSame(known, bytes, start) ? known : undefined
  }

  /** Keeps the text of the bytes that were not found just now. */
  keep(text: string): void {
    this.#texts[this.#place] = text
  }
}

/** FNV-1a over the bytes (http://www.isthe.com/chongo/tech/comp/fnv/). */
function hash(bytes: Buffer, start: number, end: number): number {
  let sum = 0x811c9dc5
  for (let at = start; at < end; at += 1) sum = Math.imul(sum ^ bytes[at]!, 0x01000193)
  return sum ^ (sum >>> 15)
}

/** A text with other than ASCII never equals its bytes one by one, and so is never found. */
function isSame(text: string, bytes: Buffer, start: number): boolean {
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index)
    if (code !== bytes[start + index] || code >= 0x80) return false
  }
  return true
}
