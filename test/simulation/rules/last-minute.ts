import type { Window } from '#decision'

/** The newest windows that together make up a minute: what `rate(…[1m])` looks at. */
export class LastMinute {
  readonly #windows: Window[] = []
  readonly #size: number

  constructor(windowMs: number) {
    this.#size = Math.max(1, Math.round(60_000 / windowMs))
  }

  push(window: Window): readonly Window[] {
    this.#windows.push(window)
    if (this.#windows.length > this.#size) this.#windows.shift()
    return this.#windows
  }
}
