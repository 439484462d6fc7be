const PLACEHOLDER = /\{\{\s*args\.([^{}\s]+)\s*\}\}/g

/** A placeholder for which there is no value. */
export interface UnfilledArgument {
  readonly name: string
  readonly path: readonly PropertyKey[]
}

/** A policy with the values of its arguments; placeholders without a value stay as they are written. */
export interface FilledPolicy {
  readonly value: unknown
  readonly unfilled: readonly UnfilledArgument[]
}

/**
 * Puts values in the place of `{{args.NAME}}`. Argo does so in the metric's JSON, where they can only stand inside of texts: a
 * number that is filled in is a text, here as there.
 */
export function fillArguments(policy: unknown, args: ReadonlyMap<string, string | null>): FilledPolicy {
  const unfilled: UnfilledArgument[] = []
  return { value: fill(policy, []), unfilled }

  function fill(value: unknown, path: readonly PropertyKey[]): unknown {
    if (typeof value === 'string') {
      return value.replace(PLACEHOLDER, (placeholder, name: string) => {
        const filled = args.get(name)
        if (filled === undefined || filled === null) unfilled.push({ name, path })
        return filled ?? placeholder
      })
    }
    if (Array.isArray(value)) return value.map((item, index) => fill(item, [...path, index]))
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, fill(item, [...path, key])]))
  }
}
