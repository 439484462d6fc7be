import type { FastifyReply } from 'fastify'
import { clip, InputError } from '#faults'
import { ServingError } from '../execution/serving-error.ts'
import { LookupError } from './find-model.ts'

/** Long enough for a queue of the default length to empty. */
const RETRY_AFTER_SECONDS = 1

/** Who hears of errors that are not the sender's. */
export interface ErrorListener {
  /** Told of each failure of the model. */
  readonly onModelFailure: (error: ServingError) => void
  /** Told of faults that are the server's own. */
  readonly onFault: (error: unknown) => void
}

/** Sends JSON text. */
export function sendJson(reply: FastifyReply, code: number, body: string): FastifyReply {
  return reply.code(code).type('application/json').send(body)
}

/** Sends what went wrong, in the shape of the Open Inference Protocol. */
export function sendFault(reply: FastifyReply, code: number, text: string): FastifyReply {
  return sendJson(reply, code, JSON.stringify({ error: text }))
}

/** Sends an error with the status that it stands for. */
export function sendError(error: unknown, reply: FastifyReply, listener: ErrorListener): FastifyReply {
  if (error instanceof InputError) return sendFault(reply, 400, error.message)
  if (error instanceof LookupError && error.code === 'unknown') return sendFault(reply, 404, error.message)
  if (error instanceof ServingError && error.code === 'modelFailed') {
    listener.onModelFailure(error)
    return sendFault(reply, 500, error.message)
  }
  if (error instanceof ServingError || error instanceof LookupError) {
    // 503 and not 429: a server that sheds load fails its users, and only 5xx counts against it.
    return sendFault(reply.header('retry-after', RETRY_AFTER_SECONDS), 503, error.message)
  }
  if (error instanceof Error && 'statusCode' in error && isClientError(error.statusCode)) {
    return sendFault(reply, error.statusCode, `Cannot read the request: ${clip(error.message)}`)
  }
  listener.onFault(error)
  return sendFault(reply, 500, 'Cannot answer: the server has an internal fault')
}

function isClientError(code: unknown): code is number {
  return typeof code === 'number' && code >= 400 && code < 500
}
