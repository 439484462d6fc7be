const MAX_SHOWN = 80

/** A value as a person would write it, cut to a length that fits a log line and a Kubernetes message. */
export function showValue(value: unknown): string {
  if (value === undefined) return 'nothing'
  if (typeof value === 'number' || typeof value === 'bigint') return String(value)
  if (Array.isArray(value)) return `a list of ${value.length}`
  if (typeof value === 'object' && value !== null) return 'an object'
  return clip(JSON.stringify(value))
}

/** A text from outside, cut to a length that fits a message. */
export function clip(text: string, length = MAX_SHOWN): string {
  return text.length > length ? `${text.slice(0, length)}…` : text
}
