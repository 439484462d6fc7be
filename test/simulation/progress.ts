import type { WriteStream } from 'node:tty'

/** Least time between two lines where the output is not a terminal. */
const LINE_EVERY_MS = 30_000
const REDRAW_EVERY_MS = 500

/** Says how far a simulation is and how long it will take: one line that is redrawn, or a plain line now and then. */
export class Progress {
  readonly #stream: WriteStream
  readonly #startMs: number
  #shownMs: number

  constructor(stream: WriteStream, nowMs: number) {
    this.#stream = stream
    this.#startMs = nowMs
    this.#shownMs = nowMs
  }

  show(nowMs: number, done: number, total: number, subject: string): void {
    const live = this.#stream.isTTY
    if (nowMs - this.#shownMs < (live ? REDRAW_EVERY_MS : LINE_EVERY_MS)) return
    this.#shownMs = nowMs
    const leftMs = ((nowMs - this.#startMs) / done) * (total - done)
    const percent = Math.floor((100 * done) / total)
    const line = `${percent} % of ${total} rollouts, about ${Math.ceil(leftMs / 60_000)} min left: ${subject}`
    this.#stream.write(live ? `\r\u001b[K${line}` : `${line}\n`)
  }

  end(): void {
    if (this.#stream.isTTY) this.#stream.write('\r\u001b[K')
  }
}
