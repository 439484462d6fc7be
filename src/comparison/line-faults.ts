import type { Fault } from '#faults'

/** Lines that are named for a fault which many have. */
const MAX_LINES_SHOWN = 3

/** Gathers what is wrong with the lines of a file; the same fault of many lines is one, so that it hides no other. */
export interface LineFaults {
  /** How many different ones there are. */
  readonly kinds: number
  add(line: number, faults: readonly Fault[]): void
  /** In the order in which they came, each with its first lines. */
  list(): Fault[]
}

export function openLineFaults(): LineFaults {
  const found = new Map<string, { readonly fault: Fault; readonly lines: number[]; count: number }>()

  return {
    get kinds() {
      return found.size
    },
    add(line, faults) {
      for (const fault of faults) {
        const key = `${fault.path} ${fault.text}`
        const known = found.get(key) ?? { fault, lines: [], count: 0 }
        found.set(key, known)
        known.count += 1
        if (known.lines.length < MAX_LINES_SHOWN) known.lines.push(line)
      }
    },
    list: () =>
      [...found.values()].map(({ fault, lines, count }) => {
        const more = count - lines.length
        return atLine(
          `${count === 1 ? 'line' : 'lines'} ${lines.join(', ')}${more === 0 ? '' : ` and ${more} more`}`,
          fault,
        )
      }),
  }
}

/** Puts the line before the fault's own path. */
export function atLine(line: string, { path, text }: Fault): Fault {
  return { path: path === '' ? line : `${line}: ${path}`, text }
}
