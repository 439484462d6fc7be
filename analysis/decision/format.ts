/** `1,940` */
export function formatCount(count: number): string {
  const digits = String(Math.round(count))
  return digits.length <= 3 ? digits : digits.replace(/\B(?=(\d{3})+$)/g, ',')
}

/** A planned number of requests, rounded so that nobody takes it for exact: `1,900`, `24`. */
export function formatRough(count: number): string {
  const scale = 10 ** Math.max(Math.floor(Math.log10(Math.max(count, 1))) - 1, 0)
  return formatCount(Math.ceil(count / scale) * scale)
}

/** A planned number of requests in words, which may be of any size: `about 1,900`, `more than a million`. */
export function formatPlanned(count: number): string {
  return count > 1e6 ? 'more than a million' : `about ${formatRough(count)}`
}

/** A fraction as a percentage: `21 %`, `5.2 %`, `0.87 %`, `0.013 %`. */
export function formatPercent(fraction: number): string {
  return `${significant(100 * fraction, 2)} %`
}

/** A distance or ratio: `0.34`, `1.25`, `0.021`. */
export function formatFigure(value: number): string {
  return significant(value, value >= 1 ? 3 : 2)
}

/** A duration in seconds as people read latencies: `250 ms`, `1.2 s`. */
export function formatSeconds(seconds: number): string {
  return seconds < 1 ? `${significant(1_000 * seconds, 3)} ms` : `${significant(seconds, 3)} s`
}

/** Log evidence: `7.1`. */
export function formatEvidence(logE: number): string {
  return logE.toFixed(1).replace(/^-(?=0\.0$)/, '')
}

/** `p95`, `p99.9` */
export function formatQuantile(quantile: number): string {
  return `p${significant(100 * quantile, 5)}`
}

/** At most so many significant digits, whole numbers in full, no trailing zeros, no exponent. */
function significant(value: number, digits: number): string {
  if (value === 0) return '0'
  const whole = Math.floor(Math.log10(Math.abs(value))) + 1
  const text = value.toFixed(Math.min(Math.max(digits - whole, 0), 9))
  if (!text.includes('.')) return text
  let end = text.length
  while (text.endsWith('0', end)) end -= 1
  return text.slice(0, text.endsWith('.', end) ? end - 1 : end)
}
