import { type Fault, InputError, schemaFaults } from '#faults'
import { isNode, LineCounter, parseAllDocuments, type Document } from 'yaml'
import { z } from 'zod'

/** A generated manifest of a whole namespace has a few hundred objects; more is some other file. */
const MAX_DOCUMENTS = 2_000

/** Aliases multiply when they are expanded ("billion laughs"); manifests hardly use them. */
const MAX_ALIASES = 100

/** One document of a YAML file, as plain data, with the lines it came from. */
export interface YamlDocument {
  readonly value: unknown
  /** Line of the value at a path, counted from 1; of its nearest parent where the path ends early. */
  lineOf(path: readonly PropertyKey[]): number
}

/**
 * Reads a file of YAML documents; documents without content are left out.
 *
 * @param subject what is read, as a noun phrase; it starts the error message
 * @throws {InputError} with every syntax error and its line
 */
export function readYamlDocuments(text: string, subject: string): YamlDocument[] {
  const lines = new LineCounter()
  const documents = [...parseAllDocuments(text, { lineCounter: lines, prettyErrors: false })]
  if (documents.length > MAX_DOCUMENTS) {
    throw new InputError(subject, [
      { path: '', text: `expected at most ${MAX_DOCUMENTS} documents, received ${documents.length}` },
    ])
  }
  const faults = documents.flatMap(({ errors }) =>
    errors.map((error): Fault => ({ path: `line ${lines.linePos(error.pos[0]).line}`, text: clause(error.message) })),
  )
  if (faults.length > 0) throw new InputError(subject, faults)
  return documents
    .map((document): YamlDocument => ({
      value: plainValue(document, subject),
      lineOf: (path) => lineOf(document, path, lines),
    }))
    .filter(({ value }) => value !== null && value !== undefined)
}

/**
 * Reads a document through a schema.
 *
 * @throws {InputError} with every fault, its line, its path and the value received
 */
export function parseDocument<T>(schema: z.ZodType<T>, document: YamlDocument, subject: string): T {
  const result = schema.safeParse(document.value)
  if (result.success) return result.data
  throw new InputError(
    subject,
    result.error.issues.flatMap((issue) =>
      schemaFaults(new z.ZodError([issue]), document.value, `line ${document.lineOf(issue.path)}`),
    ),
  )
}

function plainValue(document: Document.Parsed, subject: string): unknown {
  try {
    return document.toJS({ maxAliasCount: MAX_ALIASES })
  } catch (cause) {
    throw new InputError(
      subject,
      [{ path: '', text: cause instanceof Error ? clause(cause.message) : String(cause) }],
      {
        cause,
      },
    )
  }
}

function lineOf(document: Document.Parsed, path: readonly PropertyKey[], lines: LineCounter): number {
  for (let depth = path.length; depth > 0; depth--) {
    const node = document.getIn(path.slice(0, depth), true)
    if (isNode(node) && node.range) return lines.linePos(node.range[0]).line
  }
  return lines.linePos(document.contents?.range[0] ?? 0).line
}

/** The library writes sentences over several lines; a fault is one clause. */
function clause(message: string): string {
  const first = message.split('\n')[0] ?? message
  return first.charAt(0).toLowerCase() + first.slice(1).replace(/\.$/, '')
}
