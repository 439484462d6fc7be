import type { z } from 'zod'
import { clip, showValue } from './show-value.ts'

/** One thing that is wrong with an input: where it is, and what was expected and received there. */
export interface Fault {
  /** Place in the input, for example `signals.latency.max` or `line 3: canary.errors`; empty for the input as a whole. */
  readonly path: string
  /** One clause without a full stop, for example `expected a fraction below 1, received 99.9`. */
  readonly text: string
}

/** An input from outside that cannot be used. Carries every fault at once, so that a user mends them in one go. */
export class InputError extends Error {
  override readonly name = 'InputError'
  readonly faults: readonly Fault[]

  /**
   * @param subject what was read, as a noun phrase with its name: `policy "gate.yaml"`
   * @param faults at least one
   */
  constructor(subject: string, faults: readonly Fault[], options?: ErrorOptions) {
    super(`Cannot use ${subject}: ${describe(faults)}`, options)
    this.faults = faults
  }
}

function describe(faults: readonly Fault[]): string {
  const lines = faults.map(({ path, text }) => (path === '' ? text : `${path}: ${text}`))
  return lines.length === 1 ? (lines[0] ?? '') : [`${lines.length} faults`, ...lines].join('\n  ')
}

/**
 * Reads an input through a schema.
 *
 * @param subject what is read, as a noun phrase; it starts the error message
 * @param at prefix of every fault's path, such as `line 3`; empty for none
 * @throws {InputError} with every fault, its path and the value received
 */
export function parseInput<T>(schema: z.ZodType<T>, input: unknown, subject: string, at = ''): T {
  const result = schema.safeParse(input)
  if (result.success) return result.data
  throw new InputError(subject, schemaFaults(result.error, input, at))
}

/** Turns a schema's complaints into faults that show the value, which zod's own texts leave out. */
export function schemaFaults(error: z.ZodError, input: unknown, at = ''): Fault[] {
  return error.issues.flatMap((issue) => {
    const path = joinPath(at, issue.path)
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => ({ path: path === '' ? at : path, text: `unknown key "${clip(key)}"` }))
    }
    if (issue.code === 'invalid_key') {
      const text = lowerFirst(expectation(issue.issues[0]?.message ?? issue.message))
      return [
        { path: joinPath(at, issue.path.slice(0, -1)), text: `${text}, received ${showValue(issue.path.at(-1))}` },
      ]
    }
    return [
      { path, text: `${lowerFirst(expectation(issue.message))}, received ${showValue(valueAt(input, issue.path))}` },
    ]
  })
}

/** zod's default text says "Invalid input: expected number, received string"; only the expectation is worth keeping. */
function expectation(message: string): string {
  return message.replace(/^Invalid input: /, '').replace(/, received [^,]*$/, '')
}

function joinPath(at: string, path: readonly PropertyKey[]): string {
  const inner = path.reduce<string>((joined, key) => {
    if (typeof key === 'number') return `${joined}[${key}]`
    const name = clip(String(key))
    return joined === '' ? name : `${joined}.${name}`
  }, '')
  if (at === '' || inner === '') return at + inner
  return `${at}: ${inner}`
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, key) =>
      typeof value === 'object' && value !== null ? (value as Record<PropertyKey, unknown>)[key] : undefined,
    input,
  )
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1)
}
