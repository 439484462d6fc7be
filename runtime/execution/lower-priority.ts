import { readlinkSync } from 'node:fs'
import { setPriority } from 'node:os'
import { platform } from 'node:process'

const LOWEST = 19

/**
 * Lets the calling thread compute only when nobody else wants to. Linux keeps priorities by thread and lets everyone lower their
 * own (setpriority(2), proc(5) on `/proc/thread-self`); elsewhere threads have none, and nothing happens.
 */
export function lowerPriority(): void {
  if (platform !== 'linux') return
  const thread = readlinkSync('/proc/thread-self').split('/').at(-1)
  setPriority(Number(thread), LOWEST)
}
