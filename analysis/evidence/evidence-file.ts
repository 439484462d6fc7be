import { windowSchema, type Window } from '#decision'
import { type Fault, InputError, parseInput } from '#faults'

/** Most characters of one line; a window with 4,096 classes in both arms is shorter. */
const MAX_LINE_LENGTH = 1024 * 1024
/** Most windows of one file: a month of looks every ten seconds. */
const MAX_WINDOWS = 300_000
const MAX_FAULTS = 50

/**
 * Reads recorded evidence: JSON lines, one window each, times rising. Blank lines are skipped.
 *
 * @param text the whole text, or chunks of it of any size
 * @param subject what is read, as a noun phrase; it starts the error message
 * @throws {InputError} with the line number, path and value of every fault, of the first 50 at most
 */
export async function readEvidence(text: AsyncIterable<string> | string, subject = 'evidence'): Promise<Window[]> {
  const windows: Window[] = []
  const faults: Fault[] = []
  let lineNumber = 0
  let lastMs = -Infinity
  for await (const line of linesOf(text)) {
    lineNumber += 1
    const at = `line ${lineNumber}`
    try {
      if (line.length > MAX_LINE_LENGTH)
        throw fault(at, `expected at most ${MAX_LINE_LENGTH} characters, received more`)
      if (line.trim() === '') continue
      if (windows.length === MAX_WINDOWS) throw fault(at, `expected at most ${MAX_WINDOWS} windows, received more`)
      const window = parseInput(windowSchema, parseJson(line, at), 'a window', at)
      windows.push(window)
      const atMs = Date.parse(window.at)
      if (atMs <= lastMs) {
        throw fault(`${at}: at`, `expected a time after the window before, received ${JSON.stringify(window.at)}`)
      }
      lastMs = atMs
    } catch (error) {
      if (!(error instanceof InputError)) throw error
      faults.push(...error.faults)
    }
    if (faults.length >= MAX_FAULTS || windows.length > MAX_WINDOWS || line.length > MAX_LINE_LENGTH) break
  }
  if (faults.length > 0) throw new InputError(subject, faults.slice(0, MAX_FAULTS))
  return windows
}

/** One line of an evidence file, line feed included. */
export function writeEvidence(window: Window): string {
  return `${JSON.stringify(window)}\n`
}

function parseJson(line: string, at: string): unknown {
  try {
    return JSON.parse(line)
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw fault(at, `expected a JSON object: ${reason.slice(0, 120)}`)
  }
}

function fault(path: string, text: string): InputError {
  return new InputError('a window', [{ path, text }])
}

/** Lines without their ends. A line above the limit comes cut, just long enough to be seen as too long. */
async function* linesOf(text: AsyncIterable<string> | string): AsyncIterable<string> {
  let rest = ''
  for await (const chunk of typeof text === 'string' ? [text] : text) {
    let start = 0
    for (let end = chunk.indexOf('\n'); end >= 0; end = chunk.indexOf('\n', start)) {
      yield rest + chunk.slice(start, end)
      rest = ''
      start = end + 1
    }
    if (rest.length <= MAX_LINE_LENGTH) rest += chunk.slice(start)
  }
  if (rest !== '') yield rest
}
