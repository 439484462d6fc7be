import { type Fault, InputError } from '#faults'

const MAX_REQUESTS = 1_000_000
const MAX_LINE_LENGTH = 1024 * 1024
const MAX_FAULTS = 20
const MAX_REASON_LENGTH = 120

/** Finds what is wrong with a request body; nothing when a model can take it. */
export type CheckBody = (body: string) => readonly Fault[]

/**
 * Reads recorded requests: JSON lines, each the body of a `POST /predict`, or CSV with a header line and one row of inputs a
 * line. Which of the two it is shows the first line that is not blank.
 *
 * @param check is asked about every body
 * @param subject what is read, as a noun phrase; it starts the error message
 * @returns bodies to send, JSON texts
 * @throws {InputError} with line, path and value of the first 20 faults
 */
export function readRequestFile(text: string, check: CheckBody, subject: string): string[] {
  const readLine = requestLineReader()
  const bodies: string[] = []
  const faults: Fault[] = []
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    const result = readLine(line)
    if (result.kind === 'blank' || result.kind === 'header') continue
    const found = result.kind === 'fault' ? [{ path: '', text: result.text }] : check(result.body)
    faults.push(...found.map((fault) => onLine(index + 1, fault)))
    if (result.kind === 'body') bodies.push(result.body)
    if (faults.length >= MAX_FAULTS || bodies.length > MAX_REQUESTS) break
  }
  if (bodies.length > MAX_REQUESTS) faults.push({ path: '', text: `expected at most ${MAX_REQUESTS} requests` })
  if (bodies.length === 0 && faults.length === 0) {
    faults.push({ path: '', text: 'expected at least one request, received none' })
  }
  if (faults.length > 0) throw new InputError(subject, faults.slice(0, MAX_FAULTS))
  return bodies
}

/** What a line of a request file is. */
export type RequestLine =
  | { readonly kind: 'body'; readonly body: string }
  | { readonly kind: 'header' }
  | { readonly kind: 'blank' }
  | { readonly kind: 'fault'; readonly text: string }

type ReadLine = (line: string) => RequestLine

/** Reads a request file line by line; the first line that is not blank shows whether it is JSON or CSV. */
export function requestLineReader(): ReadLine {
  let readLine: ReadLine | undefined
  return (line) => {
    if (line.trim() === '') return { kind: 'blank' }
    readLine ??= line.trimStart().startsWith('{') ? jsonLine : csvReader()
    return line.length > MAX_LINE_LENGTH ? tooLong(line) : readLine(line)
  }
}

function tooLong({ length }: string): RequestLine {
  return { kind: 'fault', text: `expected at most ${MAX_LINE_LENGTH} characters, received ${length}` }
}

/** Whether the body is a request that a model understands is for the check; here it only has to be an object. */
function jsonLine(line: string): RequestLine {
  try {
    const value: unknown = JSON.parse(line)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { kind: 'body', body: line.trim() }
  } catch (cause) {
    const reason = (cause instanceof Error ? cause.message : String(cause)).slice(0, MAX_REASON_LENGTH)
    return { kind: 'fault', text: `expected JSON such as {"inputs": [5.1, 3.5]}, received malformed text (${reason})` }
  }
  return { kind: 'fault', text: 'expected an object such as {"inputs": [5.1, 3.5]}, received another kind of value' }
}

function csvReader(): ReadLine {
  let columns: number | undefined
  return (line) => {
    const cells = splitCsv(line)
    if (cells === undefined) return { kind: 'fault', text: 'expected a closing quote, received the end of the line' }
    if (columns === undefined) {
      columns = cells.length
      if (cells.every((cell) => toInput(cell) === cell)) return { kind: 'header' }
      return { kind: 'fault', text: 'expected a header with the names of the columns, received numbers' }
    }
    if (cells.length !== columns) {
      return { kind: 'fault', text: `expected ${columns} values as in the header, received ${cells.length}` }
    }
    return { kind: 'body', body: JSON.stringify({ inputs: cells.map(toInput) }) }
  }
}

/** Fields as in RFC 4180, except that a quoted field ends on its own line; undefined where it does not. */
function splitCsv(line: string): string[] | undefined {
  const cells: string[] = []
  let start = 0
  while (start <= line.length) {
    const quoted = /^\s*"((?:[^"]|"")*)"\s*(?:,|$)/.exec(line.slice(start))
    if (quoted) {
      cells.push((quoted[1] ?? '').replaceAll('""', '"'))
      start += quoted[0].length
      if (!quoted[0].endsWith(',')) return cells
      continue
    }
    const end = line.indexOf(',', start)
    const cell = line.slice(start, end < 0 ? undefined : end).trim()
    if (cell.startsWith('"')) return undefined
    cells.push(cell)
    if (end < 0) return cells
    start = end + 1
  }
  return cells
}

/** A number where the cell is one, otherwise its text: models may take strings. */
function toInput(cell: string): number | string {
  const value = cell === '' ? Number.NaN : Number(cell)
  return Number.isFinite(value) ? value : cell
}

function onLine(line: number, { path, text }: Fault): Fault {
  return { path: path === '' ? `line ${line}` : `line ${line}: ${path}`, text }
}
