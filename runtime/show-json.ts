const MAX_SHOWN = 80

/** A JSON value as a person would write it, short enough for a message; lists and objects are only counted. */
export function showJson(value: unknown): string {
  if (value === undefined) return 'nothing'
  if (Array.isArray(value)) return `a list of ${value.length}`
  if (typeof value === 'object' && value !== null) return 'an object'
  if (typeof value === 'number') return String(value)
  return clip(JSON.stringify(value))
}

/** A text cut to a length that fits a message. */
export function clip(text: string): string {
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text
}
