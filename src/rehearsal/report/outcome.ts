import type { RehearsalRecord } from '../record.ts'
import { markup, type Markup } from '../../presentation/markup.ts'

/** How a rehearsal ended, or that it did not: an interrupted one has a report as well. */
export type Ending = NonNullable<RehearsalRecord['outcome']> | 'unfinished'

/** Shapes that tell endings apart without colour. */
const MARKS: Readonly<Record<Ending, string>> = { promoted: '✓', aborted: '✕', inconclusive: '?', unfinished: '…' }

export function endingOf({ outcome }: RehearsalRecord): Ending {
  return outcome ?? 'unfinished'
}

export function drawEnding(ending: Ending): Markup {
  return markup`<span class="ending ${ending}">${MARKS[ending]} ${ending}</span>`
}
