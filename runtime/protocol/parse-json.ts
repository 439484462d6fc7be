import { isUtf8 } from 'node:buffer'
import { InputError, showValue } from '#faults'
import type { Signature } from '../model/signature.ts'
import { REQUEST } from './request-faults.ts'

/** No shorter number can lie beyond 2^53. */
const LONG_NUMBER = /\d{16}/

/**
 * Reads a request's JSON object. Where the model takes 64-bit integers, whole numbers beyond 2^53 become bigints with all
 * their digits; JSON.parse alone would round them.
 *
 * A key `__proto__` becomes a member like any other, which no schema knows.
 *
 * @param example what such an object may look like, for the message to whoever sent another thing
 * @throws {InputError}
 */
export function parseJsonObject(
  bytes: Buffer,
  example: string,
  signature?: Signature,
): Readonly<Record<string, unknown>> {
  if (bytes.length === 0) throw fault(`expected a JSON object such as ${example}, received nothing`)
  if (!isUtf8(bytes)) throw fault('expected UTF-8, received other bytes')
  const text = bytes.toString()
  const isExact = signature !== undefined && takesWideIntegers(signature) && LONG_NUMBER.test(text)
  let value: unknown
  try {
    value = isExact ? JSON.parse(text, keepDigits) : JSON.parse(text)
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw fault(`expected JSON, received malformed text (${reason})`, { cause })
  }
  if (isObject(value)) return value
  throw fault(`expected an object such as ${example}, received ${showValue(value)}`)
}

/** Whether a JSON value is an object. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function takesWideIntegers({ inputs }: Signature): boolean {
  return inputs.some(({ type }) => type === 'int64' || type === 'uint64')
}

function keepDigits(_key: string, value: unknown, context?: { readonly source: string }): unknown {
  if (typeof value !== 'number' || Number.isSafeInteger(value) || context === undefined) return value
  return /^-?\d+$/.test(context.source) ? BigInt(context.source) : value
}

function fault(text: string, options?: ErrorOptions): InputError {
  return new InputError(REQUEST, [{ path: '', text }], options)
}
