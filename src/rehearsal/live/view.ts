import type { Output } from '../../command.ts'
import { renderFrame } from './frame.ts'
import { describeChanges, describeProgress } from './lines.ts'
import { paintAnsi, paintPlain } from './segments.ts'
import type { RehearsalRecord } from '../record.ts'
import { cellsOf } from '../../presentation/text-cells.ts'

/** What a person watches while a rehearsal runs. */
export interface LiveView {
  /** Shows the newest state; may be called as often as one likes. */
  update(record: RehearsalRecord): void
  /** Shows the last state and leaves it where it is. */
  finish(record: RehearsalRecord): void
}

export interface LiveViewOptions {
  /** Milliseconds since any fixed moment. */
  readonly now: () => number
  /** Set where the user asked for no colours (https://no-color.org). */
  readonly noColor?: boolean | undefined
}

/** Faster than five frames a second is flicker, not information. */
const FRAME_MS = 200
const PROGRESS_MS = 5_000

/** Opens a view that redraws itself in a terminal and writes lines anywhere else. */
export function openLiveView(output: Output, options: LiveViewOptions): LiveView {
  return output.isTerminal ? openBlock(output, options) : openLog(output, options)
}

const ESC = '\u001b['
/** Terminals that know "synchronized output" show a frame at once; the others ignore it. */
const BEGIN = `${ESC}?2026h${ESC}?25l`
const END = `${ESC}?25h${ESC}?2026l`

/**
 * A block of lines that is drawn over itself. Each frame is one write that hides the cursor and shows it again, so that a
 * process that dies between two frames leaves a whole terminal behind; only the cursor's line is ever touched below.
 */
function openBlock(output: Output, { now, noColor = false }: LiveViewOptions): LiveView {
  let drawnAtMs = -Infinity
  let drawn: readonly number[] = []

  function draw(record: RehearsalRecord): void {
    const { columns } = output
    const lines = renderFrame(record, columns, noColor ? paintPlain : paintAnsi)
    // A terminal that became narrower has wrapped the lines of the last frame.
    const rows = drawn.reduce((sum, cells) => sum + Math.max(1, Math.ceil(cells / columns)), 0)
    const up = rows > 0 ? `${ESC}${rows}F` : ''
    output.write(`${BEGIN}${up}${lines.map((line) => `${line}${ESC}K\n`).join('')}${ESC}J${END}`)
    drawn = renderFrame(record, columns).map(cellsOf)
    drawnAtMs = now()
  }

  return {
    update(record) {
      if (now() - drawnAtMs >= FRAME_MS) draw(record)
    },
    finish(record) {
      draw(record)
      // Room between this block and what follows it, often the next candidate's.
      output.write('\n')
    },
  }
}

function openLog(output: Output, { now }: LiveViewOptions): LiveView {
  let told: RehearsalRecord | undefined
  let writtenAtMs = now()

  function write(lines: readonly string[]): void {
    for (const text of lines) output.write(`${text}\n`)
    if (lines.length > 0) writtenAtMs = now()
  }

  function tell(record: RehearsalRecord): void {
    write(describeChanges(told, record))
    told = record
  }

  return {
    update(record) {
      tell(record)
      if (now() - writtenAtMs >= PROGRESS_MS) write([describeProgress(record)])
    },
    finish: tell,
  }
}
