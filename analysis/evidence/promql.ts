/** One condition on a label. */
export interface Matcher {
  readonly label: string
  /** The label has one of these values. */
  readonly oneOf: readonly string[]
}

/**
 * A selector of the series of several metrics. They are read by one query, because between two queries a scrape may come in:
 * then some counters of a pod would be newer than others.
 */
export function selector(metrics: readonly string[], matchers: readonly Matcher[]): string {
  const [only, ...more] = metrics
  const conditions = matchers.map(({ label, oneOf }) => condition(label, oneOf))
  if (only !== undefined && more.length === 0) return `${only}{${conditions.join(',')}}`
  return `{${[condition('__name__', metrics), ...conditions].join(',')}}`
}

/** The raw samples of a selector's series over a time that ends at the moment of the query. */
export function rawSamples(seriesSelector: string, rangeMs: number): string {
  return `${seriesSelector}[${rangeMs % 1_000 === 0 ? `${rangeMs / 1_000}s` : `${rangeMs}ms`}]`
}

function condition(label: string, oneOf: readonly string[]): string {
  const [only, ...more] = oneOf
  if (only !== undefined && more.length === 0) return `${label}=${quote(only)}`
  return `${label}=~${quote(oneOf.map(escapePattern).join('|'))}`
}

/** A string literal of PromQL, which follows Go's rules; JSON's are a subset of them but for `\/`, which it never writes. */
function quote(text: string): string {
  return JSON.stringify(text)
}

/** Escapes what RE2 gives a meaning. */
function escapePattern(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')
}
