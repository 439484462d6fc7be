/** Maps values to positions along one axis of a chart, in the units of its view box. */
export interface Scale {
  readonly at: (value: number) => number
  readonly ticks: readonly number[]
}

/** From the smallest to the largest value shown, or from one edge of the drawing to the other. */
export type Span = readonly [from: number, to: number]

/** Multiples of a power of ten that people count in. */
const STEPS = [1, 2, 2.5, 5, 10] as const

const CLOCK_STEPS_MS = [
  1_000, 2_000, 5_000, 10_000, 15_000, 30_000, 60_000, 120_000, 300_000, 600_000, 900_000, 1_800_000, 3_600_000,
  7_200_000, 21_600_000, 43_200_000, 86_400_000,
] as const

/**
 * Even scale from zero to the first round number at or above `max`.
 *
 * @param max largest value shown; 0 or less gives a scale to 1
 * @param intervals about how many ticks besides zero
 */
export function scaleFromZero(max: number, edges: Span, intervals: number): Scale {
  const wanted = Number.isFinite(max) && max > 0 ? max : 1
  const raw = wanted / intervals
  const power = 10 ** Math.floor(Math.log10(raw))
  const step = (STEPS.find((candidate) => candidate * power >= raw * (1 - 1e-9)) ?? 10) * power
  const count = Math.max(1, Math.ceil(wanted / step - 1e-9))
  const ticks = Array.from({ length: count + 1 }, (_, index) => index * step)
  return { at: between([0, count * step], edges), ticks }
}

/** Even scale over `span` without rounding it; ticks at whole multiples of a step of a clock. */
export function timeScale(span: Span, edges: Span, intervals: number): Scale {
  const [fromMs, toMs] = span[1] > span[0] ? span : ([span[0], span[0] + 1_000] as const)
  const raw = (toMs - fromMs) / intervals
  const stepMs = CLOCK_STEPS_MS.find((candidate) => candidate >= raw) ?? 86_400_000 * Math.ceil(raw / 86_400_000)
  const first = Math.ceil(fromMs / stepMs)
  const ticks = Array.from(
    { length: Math.max(0, Math.floor(toMs / stepMs) - first + 1) },
    (_, i) => (first + i) * stepMs,
  )
  return { at: between([fromMs, toMs], edges), ticks }
}

/**
 * Scale for natural logarithms that is read in powers of ten: ticks are logarithms of 1, 10, 100. Values outside of `span`
 * are drawn at its edge, because evidence far below 1 says no more than evidence at the edge.
 */
export function logScale(span: Span, edges: Span): Scale {
  const first = Math.ceil(span[0] / Math.LN10 - 1e-9)
  const last = Math.floor(span[1] / Math.LN10 + 1e-9)
  const ticks = Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => (first + index) * Math.LN10)
  const at = between(span, edges)
  return { at: (value) => at(Math.min(Math.max(value, span[0]), span[1])), ticks }
}

function between([low, high]: Span, [start, end]: Span): (value: number) => number {
  return (value) => start + ((value - low) / (high - low)) * (end - start)
}
