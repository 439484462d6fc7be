import type { SignalName } from '#decision'

const GROUPED = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 })

/** What stands for a number that was not measured. */
export const NOT_MEASURED = '–'

/** A count with thousands separators: `12,400`. */
export function formatCount(count: number): string {
  return GROUPED.format(count)
}

/** A fraction as a percentage with about two significant digits: `12 %`, `1.3 %`, `0.16 %`, `0 %`, `<0.01 %`. */
export function formatShare(share: number): string {
  const percent = Math.abs(share) * 100
  const sign = share < 0 ? '−' : ''
  if (percent === 0) return '0 %'
  if (percent < 0.01) return `${share < 0 ? '>−' : '<'}0.01 %`
  return `${sign}${trimmed(percent, percent < 1 ? 2 : percent < 10 ? 1 : 0)} %`
}

/** Seconds in the unit in which they are read: `350 µs`, `1.8 ms`, `250 ms`, `1.25 s`. */
export function formatSeconds(seconds: number): string {
  const sign = seconds < 0 ? '−' : ''
  const size = Math.abs(seconds)
  if (size === 0) return '0 ms'
  if (size < 0.000_995) return `${sign}${significant(size * 1e6)} µs`
  if (size < 0.995) return `${sign}${significant(size * 1e3)} ms`
  return `${sign}${significant(size)} s`
}

/** A number without unit with about three significant digits: `0.034`, `1.25`, `12,400`. */
export function formatPlain(value: number): string {
  const size = Math.abs(value)
  if (size === 0) return '0'
  if (size >= 1_000) return formatCount(value).replace('-', '−')
  if (size < 0.0005) return value < 0 ? '>−0.0005' : '<0.0005'
  const digits = size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3
  return `${value < 0 ? '−' : ''}${trimmed(size, digits)}`
}

/** Evidence, the natural logarithm of an e-value: `4.6`, `−0.7`. Never `−0.0`. */
export function formatEvidence(logE: number): string {
  const rounded = Math.round(logE * 10) / 10
  return `${rounded < 0 ? '−' : ''}${Math.abs(rounded).toFixed(1)}`
}

/** Time since a start as a clock: `0:07`, `12:30`, `1:02:30`. */
export function formatClock(elapsedMs: number): string {
  const total = Math.max(0, Math.floor(elapsedMs / 1_000))
  const seconds = String(total % 60).padStart(2, '0')
  const minutes = Math.floor(total / 60) % 60
  const hours = Math.floor(total / 3_600)
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, '0')}:${seconds}` : `${minutes}:${seconds}`
}

/** What a signal saw on one arm: response times for latency, a distance for drift, a share for the rest. */
export function formatFigure(name: SignalName, value: number | null): string {
  if (value === null) return NOT_MEASURED
  if (name === 'latency' || name === 'latencyMax') return formatSeconds(value)
  return formatJudged(name, value)
}

/** The quantity that a signal judges, and its limit: a distance for drift, a share for the rest (for latency, of slow requests). */
export function formatJudged(name: SignalName, value: number): string {
  return name === 'predictionDrift' ? formatPlain(value) : formatShare(value)
}

function significant(value: number): string {
  return trimmed(value, value >= 100 ? 0 : value >= 10 ? 1 : 2)
}

function trimmed(value: number, digits: number): string {
  const text = value.toFixed(digits)
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text
}

/** An interval of what a signal judges, the unit once: `0.17 … 0.66 %`, `0.26 … 0.43`. */
export function formatInterval(name: SignalName, low: number, high: number): string {
  const from = formatJudged(name, low)
  return `${from.endsWith(' %') ? from.slice(0, -2) : from} … ${formatJudged(name, high)}`
}
