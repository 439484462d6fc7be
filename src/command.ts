import { parseArgs, type ParseArgsConfig } from 'node:util'
import type { z } from 'zod'
import { InputError, parseInput } from '#faults'

/** Exit codes of every command; 128 + n after signal n. */
export const EXIT = {
  /** Done; for commands that judge: the candidate was promoted. */
  ok: 0,
  /** The candidate was aborted, or findings were made. */
  aborted: 1,
  /** The input cannot be used; nothing was done. */
  badInput: 2,
  /** The evidence did not suffice. */
  inconclusive: 3,
} as const

/** Where text goes. `isTerminal` says whether a person watches, so that progress may redraw itself. */
export interface Output {
  write(text: string): void
  readonly isTerminal: boolean
  /** Width in columns; 80 where it is unknown. */
  readonly columns: number
}

/** The world a command runs in. Everything that is not a pure function of its arguments comes through here. */
export interface Io {
  /** Answers: results for people, JSON for machines. */
  readonly stdout: Output
  /** Messages and progress. */
  readonly stderr: Output
  readonly stdin: AsyncIterable<Uint8Array>
  readonly env: Readonly<Record<string, string | undefined>>
  /** Aborted by SIGINT and SIGTERM; a command then stops what it started and returns. */
  readonly signal: AbortSignal
  /** Milliseconds since 1970. */
  now(): number
}

/** One `modelgate <name>`. */
export interface Command {
  readonly name: string
  /** One line for the list of commands, without a full stop. */
  readonly summary: string
  /** The whole `--help` text; has a usage line, every option and at least one example. */
  readonly help: string
  /** A signal is how this command is meant to end, so its own exit code counts and not 128 + n. */
  readonly endsBySignal?: true
  /**
   * @param args what follows the command's name
   * @returns the exit code
   * @throws {InputError} for anything wrong with arguments or files: printed as it is, exit code 2
   */
  run(args: readonly string[], io: Io): Promise<number>
}

/**
 * Reads options and positional arguments.
 *
 * @throws {InputError} that names the wrong option and says where help is
 */
export function readArguments<const T extends NonNullable<ParseArgsConfig['options']>>(
  command: string,
  args: readonly string[],
  options: T,
) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true, strict: true })
  } catch (cause) {
    if (!(cause instanceof TypeError)) throw cause
    const text = cause.message.split('. To specify')[0] ?? cause.message
    throw new InputError(
      'the command line',
      [{ path: '', text: `${lowerFirst(text)} (see "modelgate ${command} --help")` }],
      { cause },
    )
  }
}

/**
 * Checks options by a schema whose keys are written as people type them: `--rate`.
 *
 * @param values options by name without the dashes
 * @param subject what is read, as a noun phrase; it starts the error message
 * @throws {InputError} with every fault
 */
export function parseOptions<T>(schema: z.ZodType<T>, values: Readonly<Record<string, unknown>>, subject: string): T {
  const named = Object.entries(values).map(([name, value]) => [`--${name}`, value] as const)
  return parseInput(schema, Object.fromEntries(named), subject)
}

/** Refuses positional arguments where a command takes none. */
export function refusePositionals(command: string, positionals: readonly string[]): void {
  if (positionals.length === 0) return
  const received = positionals.map((text) => JSON.stringify(text)).join(', ')
  throw new InputError('the command line', [
    { path: '', text: `expected options only, received ${received} (see "modelgate ${command} --help")` },
  ])
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1)
}
