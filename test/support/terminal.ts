import type { Output } from '../../src/command.ts'

const CSI = '\u001b['
const TOKEN = new RegExp(`\\u001b\\[(\\??)(\\d*(?:;\\d+)*)([A-Za-z])|\\n|[^\\u001b\\n]`, 'gu')

/**
 * A terminal of the few functions that a redrawn block needs: text that wraps, line feed, cursor to an earlier line, erasing
 * to the end of line or screen, hiding the cursor. Anything else is refused, because a real terminal might not know it.
 */
export class Terminal implements Output {
  readonly isTerminal: boolean
  columns: number
  /** Every write as it came. */
  readonly writes: string[] = []
  cursorVisible = true
  #lines: string[] = ['']
  #row = 0
  #column = 0

  constructor(columns: number, isTerminal = true) {
    this.columns = columns
    this.isTerminal = isTerminal
  }

  /** What is on the screen and above it, without spaces at the ends of lines. */
  get lines(): string[] {
    return this.#lines.map((line) => line.trimEnd())
  }

  /** Line and column of the cursor, from 0. */
  get cursor(): readonly [row: number, column: number] {
    return [this.#row, this.#column]
  }

  write(text: string): void {
    this.writes.push(text)
    for (const [token, mark, numbers, letter] of text.matchAll(TOKEN)) {
      if (letter !== undefined) this.#control(`${mark ?? ''}${numbers ?? ''}`, letter)
      else if (token === '\n') this.#moveTo(this.#row + 1)
      else this.#put(token)
    }
  }

  #control(numbers: string, letter: string): void {
    if (letter === 'm' || numbers === '?2026') return
    if (numbers === '?25') this.cursorVisible = letter === 'h'
    else if (letter === 'F') this.#moveTo(Math.max(0, this.#row - Number(numbers)))
    else if (letter === 'K') this.#cut(this.#row, this.#column)
    else if (letter === 'J') {
      this.#cut(this.#row, this.#column)
      this.#lines.length = this.#row + 1
    } else throw new Error(`Cannot show ${JSON.stringify(CSI + numbers + letter)}: unknown control sequence`)
  }

  #moveTo(row: number): void {
    this.#row = row
    this.#column = 0
    while (this.#lines.length <= row) this.#lines.push('')
  }

  #put(character: string): void {
    if (this.#column === this.columns) this.#moveTo(this.#row + 1)
    const line = (this.#lines[this.#row] ?? '').padEnd(this.#column)
    this.#lines[this.#row] = line.slice(0, this.#column) + character + line.slice(this.#column + 1)
    this.#column++
  }

  #cut(row: number, column: number): void {
    this.#lines[row] = (this.#lines[row] ?? '').slice(0, column)
  }
}
