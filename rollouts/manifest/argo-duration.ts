const UNIT_MS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
}
const WHOLE_SECONDS = /^\+?\d{1,10}$/
const PARTS = /^(?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|µs|ms|s|m|h)(?:(?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|µs|ms|s|m|h))*$/
const PART = /(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h)/g

/** Argo keeps a pause as an int32 of seconds. */
const MAX_SECONDS = 2 ** 31 - 1

/**
 * Milliseconds in the `duration` of a canary pause as the Rollouts controller reads it (`RolloutPause.DurationSeconds`): a
 * number, or a text without unit, is seconds; a text with units is a Go duration (https://pkg.go.dev/time#ParseDuration).
 * Like the controller it drops fractions of a second.
 *
 * @returns undefined for what the controller refuses: another text, a negative value, more than an int32 of seconds
 */
export function parseArgoDuration(duration: number | string): number | undefined {
  const seconds = typeof duration === 'number' ? duration : secondsIn(duration)
  if (seconds === undefined || !Number.isInteger(seconds) || seconds < 0 || seconds > MAX_SECONDS) return undefined
  return seconds * 1_000
}

function secondsIn(text: string): number | undefined {
  if (text.length > 64) return undefined
  if (WHOLE_SECONDS.test(text)) return Number(text)
  if (!PARTS.test(text)) return undefined
  let totalMs = 0
  for (const [, amount, unit] of text.matchAll(PART)) totalMs += Number(amount) * (UNIT_MS[unit ?? ''] ?? Number.NaN)
  return Math.trunc(totalMs / 1_000)
}
