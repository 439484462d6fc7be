import { z } from 'zod'

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 }
const PARTS = /^(?:\d+(?:\.\d+)?(?:ms|s|m|h))+$/
const PART = /(\d+(?:\.\d+)?)(ms|s|m|h)/g

/** No wait in a rollout is longer than this; a larger value is a slip of the pen. */
const MAX_DURATION_MS = 30 * 24 * 3_600_000

/**
 * Milliseconds in a duration as Go, Prometheus and Kubernetes write it: `250ms`, `2m`, `1h30m`. A bare number is refused,
 * because half of its readers would take it for seconds and half for milliseconds.
 *
 * @returns undefined when the text is not a duration or is longer than 30 days
 */
export function parseDuration(text: string): number | undefined {
  if (text.length > 32 || !PARTS.test(text)) return undefined
  let totalMs = 0
  for (const [, amount, unit] of text.matchAll(PART)) totalMs += Number(amount) * (UNIT_MS[unit ?? ''] ?? Number.NaN)
  return totalMs <= MAX_DURATION_MS ? totalMs : undefined
}

/** The duration in the largest two units that say it, for people: `1 h 30 min`, `14 min`, `9 s`, `250 ms`. */
export function formatDuration(durationMs: number): string {
  if (durationMs < 1_000) return `${Math.round(durationMs)} ms`
  const seconds = Math.round(durationMs / 1_000)
  if (seconds < 100) return `${seconds} s`
  const minutes = Math.round(seconds / 60)
  if (minutes < 60) return `${minutes} min`
  const hours = Math.floor(minutes / 60)
  return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`
}

/** A planned time, which may be of any size: `14 min`, `more than 30 days`. */
export function formatWait(durationMs: number): string {
  return durationMs > MAX_DURATION_MS ? 'more than 30 days' : formatDuration(durationMs)
}

/** Schema of a duration text; the parsed value is in milliseconds. */
export const durationMs = z.string('expected a duration such as "30s"').transform((text, context) => {
  const parsedMs = parseDuration(text)
  if (parsedMs !== undefined) return parsedMs
  context.addIssue({ code: 'custom', message: 'expected a duration such as "30s"' })
  return z.NEVER
})
