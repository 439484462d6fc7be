import type { Estimate, SignalName } from '#decision'
import { formatJudged } from './format-figures.ts'
import { coordinate, markup, type Markup } from './markup.ts'

const WIDTH = 170
const HEIGHT = 22
const MIDDLE = 11
const EDGE = 6

export interface Interval {
  /** null when it was not measured. */
  readonly estimate: Estimate | null
  /** null where there is none. */
  readonly limit: number | null
}

/**
 * An estimate as a dot on its interval, with the limit as a line across; null when it was not measured.
 *
 * @param name of the signal that it belongs to
 * @param highest what the axis has to reach, so that several intervals can be compared
 */
export function drawInterval(name: SignalName, { estimate, limit }: Interval, highest = 0): Markup | null {
  if (estimate === null) return null
  const values = [estimate.low, estimate.high, limit ?? 0, highest, 0]
  const low = Math.min(...values)
  const high = Math.max(...values)
  const at = (value: number) =>
    coordinate(EDGE + (high === low ? 0.5 : (value - low) / (high - low)) * (WIDTH - 2 * EDGE))
  const measured = `${formatJudged(name, estimate.value)}, between ${formatJudged(name, estimate.low)} and ${formatJudged(name, estimate.high)}`
  const text = limit === null ? measured : `${measured}, limit ${formatJudged(name, limit)}`
  return markup`<svg class="interval" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${text}"><title>${text}</title>
<path class="axis" d="M${EDGE} ${MIDDLE}H${WIDTH - EDGE}"/><path class="axis" d="M${at(0)} ${MIDDLE - 4}v8"/>
<path class="range" d="M${at(estimate.low)} ${MIDDLE}H${at(estimate.high)}"/>
${limit === null ? null : markup`<path class="limit" d="M${at(limit)} 1V${HEIGHT - 1}"/>\n`}<circle class="dot" cx="${at(estimate.value)}" cy="${MIDDLE}" r="4"/></svg>`
}
