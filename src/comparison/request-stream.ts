import { type Fault, InputError } from '#faults'
import { parsePredictionRequest, type Signature } from '#runtime'
import { requestLineReader } from '../rehearsal/traffic/request-file.ts'
import type { NumberedRequest } from './compare-models.ts'
import { atLine, openLineFaults } from './line-faults.ts'
import { readLines } from './read-lines.ts'

const MAX_LINE_LENGTH = 1024 * 1024
const MAX_REQUEST_ROWS = 4_096
const MAX_FAULTS = 20

/** How much a request file holds. */
export interface RequestCounts {
  readonly requests: number
  readonly rows: number
}

type Entry =
  | { readonly kind: 'request'; readonly request: NumberedRequest }
  | { readonly kind: 'faults'; readonly line: number; readonly faults: readonly Fault[] }

/**
 * Reads a whole request file, JSON lines or CSV, and checks every request against the model's signature.
 *
 * @param subject what is read, as a noun phrase; it starts the error message
 * @throws {InputError} with lines, path and value of the first 20 different faults
 */
export async function countRequests(path: string, signature: Signature, subject: string): Promise<RequestCounts> {
  const faults = openLineFaults()
  let counts: RequestCounts = { requests: 0, rows: 0 }
  for await (const entry of readEntries(path, signature, subject)) {
    if (entry.kind === 'faults') faults.add(entry.line, entry.faults)
    else counts = { requests: counts.requests + 1, rows: counts.rows + (entry.request.job.rows ?? 1) }
    if (faults.kinds >= MAX_FAULTS) break
  }
  if (faults.kinds > 0) throw new InputError(subject, faults.list().slice(0, MAX_FAULTS))
  if (counts.requests === 0) {
    throw new InputError(subject, [{ path: '', text: 'expected at least one request, received none' }])
  }
  return counts
}

/**
 * The requests of a file one after the other, in bounded memory.
 *
 * @throws {InputError} at the first fault: the file has changed since it was checked
 */
export async function* streamRequests(
  path: string,
  signature: Signature,
  subject: string,
): AsyncGenerator<NumberedRequest> {
  for await (const entry of readEntries(path, signature, subject)) {
    if (entry.kind === 'faults') {
      throw new InputError(
        subject,
        entry.faults.map((fault) => atLine(`line ${entry.line}`, fault)),
      )
    }
    yield entry.request
  }
}

async function* readEntries(path: string, signature: Signature, subject: string): AsyncGenerator<Entry> {
  const readLine = requestLineReader()
  let line = 0
  try {
    for await (const text of readLines(path, MAX_LINE_LENGTH)) {
      line += 1
      const found = readLine(text)
      if (found.kind === 'body') yield parseRequest(found.body, line, signature)
      else if (found.kind === 'fault') yield { kind: 'faults', line, faults: [{ path: '', text: found.text }] }
    }
  } catch (cause) {
    if (!(cause instanceof Error && 'syscall' in cause)) throw cause
    throw new InputError(subject, [{ path: '', text: cause.message }], { cause })
  }
}

function parseRequest(body: string, line: number, signature: Signature): Entry {
  try {
    const { job } = parsePredictionRequest(Buffer.from(body), signature, MAX_REQUEST_ROWS)
    return { kind: 'request', request: { line, job } }
  } catch (error) {
    if (!(error instanceof InputError)) throw error
    return { kind: 'faults', line, faults: error.faults }
  }
}
