import type { PrometheusConnection } from './prometheus-connection.ts'

/**
 * - `unavailable`: no answer, a bad one, or half of one; a later one may be good
 * - `connectionLost`: the same, and asking again at once may help
 * - `refused`: the address, the credentials or the query are wrong, as far as one answer can tell
 * - `tooMuch`: the answer would be too large; a shorter range may do
 */
export type PrometheusFaultKind = 'unavailable' | 'connectionLost' | 'refused' | 'tooMuch'

/** A question to Prometheus that was not answered. The message holds no header and no secret. */
export class PrometheusFault extends Error {
  override readonly name = 'PrometheusFault'
  readonly kind: PrometheusFaultKind

  constructor(kind: PrometheusFaultKind, message: string, options?: ErrorOptions) {
    super(message, options)
    this.kind = kind
  }
}

const MAX_SHOWN = 300

/** Turns what the library throws, which is not always an Error, into a fault. The request it carries is left behind. */
export function toFault(
  error: unknown,
  query: string,
  { address }: Pick<PrometheusConnection, 'address'>,
): PrometheusFault {
  if (error instanceof PrometheusFault) return error
  const thrown = (typeof error === 'object' && error !== null ? error : {}) as Thrown
  const status = typeof thrown.httpStatus === 'number' ? thrown.httpStatus : undefined
  const reason = [status === undefined ? '' : `status ${status}`, textOf(thrown)]
    .filter((part) => part !== '')
    .join(', ')
  const shown = query.length > MAX_SHOWN ? `${query.slice(0, MAX_SHOWN)}…` : query
  return new PrometheusFault(
    kindOf(status, thrown, reason),
    `Cannot ask Prometheus at ${address}: ${reason.slice(0, MAX_SHOWN)}, query ${shown}`,
  )
}

/** The fields that errors of prometheus-query, of axios and of Node have in common. */
interface Thrown {
  readonly httpStatus?: unknown
  readonly code?: unknown
  readonly error?: unknown
  readonly message?: unknown
}

function textOf({ error, message }: Thrown): string {
  if (typeof error === 'string' && error !== '') return error
  return typeof message === 'string' && message !== '' ? message : 'an answer that cannot be read'
}

function kindOf(status: number | undefined, { code }: Thrown, reason: string): PrometheusFaultKind {
  if (/too many samples|maxContentLength|more than \d+ series/i.test(reason)) return 'tooMuch'
  if (status !== undefined)
    return status >= 300 && status < 500 && ![408, 422, 425, 429].includes(status) ? 'refused' : 'unavailable'
  return code === 'ECONNRESET' || code === 'EPIPE' ? 'connectionLost' : 'unavailable'
}
