import { createReadStream } from 'node:fs'

/**
 * Lines of a text file, in bounded memory. Of a line that is longer than allowed only the beginning comes, one character longer
 * than allowed, so that whoever reads it sees that it is too long.
 */
export async function* readLines(path: string, maxLength: number): AsyncGenerator<string> {
  let rest = ''
  for await (const chunk of createReadStream(path, 'utf8') as AsyncIterable<string>) {
    const lines = (rest + chunk).split('\n')
    rest = (lines.pop() ?? '').slice(0, maxLength + 1)
    for (const line of lines) yield withoutReturn(line.slice(0, maxLength + 1))
  }
  if (rest !== '') yield withoutReturn(rest)
}

function withoutReturn(line: string): string {
  return line.endsWith('\r') ? line.slice(0, -1) : line
}
