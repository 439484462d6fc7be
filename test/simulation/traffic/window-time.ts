const ROLLOUT_START = Date.UTC(2026, 0, 1)

/** Every rollout has its windows at the same times, so a few thousand texts serve millions of windows. */
const texts = new Map<number, string>()

/** Time at which a window ends, RFC 3339; `atMs` is counted from the start of the rollout and negative before it. */
export function windowTime(atMs: number): string {
  const known = texts.get(atMs)
  if (known !== undefined) return known
  const text = new Date(ROLLOUT_START + atMs).toISOString()
  texts.set(atMs, text)
  return text
}

/** Milliseconds from the start of the rollout to the end of a window. */
export function sinceStartMs(time: string): number {
  return Date.parse(time) - ROLLOUT_START
}
