import { formatCount, formatDuration } from '#decision'
import type { Output } from '../command.ts'
import { clipCells } from '../presentation/text-cells.ts'
import type { Progress } from './compare-models.ts'

/** Tells a person how far a comparison has come. */
export interface ProgressView {
  /** May be called as often as one likes. */
  update(progress: Progress): void
  /** Takes the line away again. */
  finish(): void
}

const FRAME_MS = 100
const LINE_MS = 5_000
/** Within this time a comparison ends without having said anything. */
const QUIET_MS = 300
const ERASE_LINE = '\r\u001b[K'

/**
 * One line that redraws itself in a terminal, a line every five seconds anywhere else.
 *
 * @param total number of requests
 * @param now milliseconds since any fixed moment
 */
export function openProgress(output: Output, total: number, now: () => number): ProgressView {
  const beganMs = now()
  const pauseMs = output.isTerminal ? FRAME_MS : LINE_MS
  let shownAtMs = beganMs + (output.isTerminal ? QUIET_MS : LINE_MS) - pauseMs
  let drawn = false

  return {
    update(progress) {
      const atMs = now()
      if (atMs - shownAtMs < pauseMs) return
      shownAtMs = atMs
      const text = describe(progress, total, atMs - beganMs)
      if (output.isTerminal) {
        output.write(`${ERASE_LINE}${clipCells(text, Math.max(1, output.columns - 1))}`)
        drawn = true
      } else output.write(`${text}\n`)
    },
    finish() {
      if (drawn) output.write(ERASE_LINE)
    },
  }
}

function describe({ requests, disagreements, errors }: Progress, total: number, elapsedMs: number): string {
  const leftMs = requests === 0 ? 0 : (elapsedMs / requests) * (total - requests)
  const failures = errors === 0 ? '' : ` · ${formatCount(errors)} fail on the candidate alone`
  return `comparing ${formatCount(requests)} of ${formatCount(total)} requests · ${formatCount(disagreements)} disagree${failures} · ${formatDuration(leftMs)} left`
}
