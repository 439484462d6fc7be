import { Buffer } from 'node:buffer'

export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error'

/** Values of a log line; errors are written with their message and causes. */
export type LogFields = Readonly<Record<string, unknown>>

export interface Hclog {
  trace(message: string, fields?: LogFields): void
  debug(message: string, fields?: LogFields): void
  info(message: string, fields?: LogFields): void
  warn(message: string, fields?: LogFields): void
  error(message: string, fields?: LogFields): void
}

export interface HclogOptions {
  readonly module: string
  readonly nowMs: () => number
  /** Takes one line with its newline. */
  readonly write: (line: string) => void
}

/** A client reads stderr in lines of up to 64 KiB and cuts longer ones into pieces that are no JSON any more. */
const MAX_LINE_BYTES = 64 * 1024 - 1024
const MAX_TEXT_LENGTH = 4096

/**
 * Logs as go-plugin's client wants them on stderr: one hclog JSON object a line
 * (https://github.com/hashicorp/go-plugin/blob/main/log_entry.go). Anything else is logged as text at DEBUG.
 */
export function createHclog(options: HclogOptions): Hclog {
  const log = (level: LogLevel, message: string, fields: LogFields = {}): void => {
    options.write(`${formatLine(level, options.module, options.nowMs(), message, fields)}\n`)
  }
  return {
    trace: log.bind(undefined, 'trace'),
    debug: log.bind(undefined, 'debug'),
    info: log.bind(undefined, 'info'),
    warn: log.bind(undefined, 'warn'),
    error: log.bind(undefined, 'error'),
  }
}

function formatLine(level: LogLevel, module: string, nowMs: number, message: string, fields: LogFields): string {
  const head = {
    '@level': level,
    '@message': cut(message),
    '@module': module,
    '@timestamp': formatTimestamp(nowMs),
  }
  const line = stringify({ ...plain(fields), ...head })
  if (Buffer.byteLength(line) <= MAX_LINE_BYTES) return line
  return stringify({ ...head, dropped: `fields of ${Buffer.byteLength(line)} bytes` })
}

/** Go parses the layout 2006-01-02T15:04:05.000000Z07:00 and takes nothing but six decimals. */
export function formatTimestamp(unixMs: number): string {
  return new Date(unixMs).toISOString().replace('Z', '000Z')
}

function plain(fields: LogFields): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([key, value]) => [
      key.replace(/^@/, '_'),
      value instanceof Error ? withCauses(value) : value,
    ]),
  )
}

function withCauses(error: Error): string {
  const causes: string[] = []
  for (let cause: unknown = error; cause instanceof Error && causes.length < 8; cause = cause.cause) {
    if (!causes.includes(cause.message)) causes.push(cause.message)
  }
  return causes.join(': ')
}

/** Never throws: a value that JSON refuses, such as one that contains itself, is named instead. */
function stringify(record: Readonly<Record<string, unknown>>): string {
  const replace = (_key: string, value: unknown): unknown => {
    if (typeof value === 'bigint') return value.toString()
    return typeof value === 'string' ? cut(value) : value
  }
  try {
    return JSON.stringify(record, replace)
  } catch {
    return JSON.stringify(Object.fromEntries(Object.entries(record).map(([key, value]) => [key, cut(String(value))])))
  }
}

function cut(text: string): string {
  return text.length <= MAX_TEXT_LENGTH ? text : `${text.slice(0, MAX_TEXT_LENGTH)}… (${text.length} characters)`
}
