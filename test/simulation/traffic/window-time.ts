const ROLLOUT_START = Date.UTC(2026, 0, 1)

/** Time at which a window ends, RFC 3339; `atMs` is counted from the start of the rollout and negative before it. */
export function windowTime(atMs: number): string {
  return new Date(ROLLOUT_START + atMs).toISOString()
}

/** Milliseconds from the start of the rollout to the end of a window. */
export function sinceStartMs(time: string): number {
  return Date.parse(time) - ROLLOUT_START
}
