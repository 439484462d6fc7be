import type { FastifyInstance, FastifyReply } from 'fastify'
import type { Comparator } from './comparator.ts'
import { decodeMessage } from './decode-message.ts'
import { COMPARE_PATH } from './message-format.ts'
import { shadowAccess } from './shadow-access.ts'
import type { ShadowOrigin } from './shadow-pair.ts'

export const EXAMPLES_PATH = '/shadow/examples'

/** Long enough for a queue of the default length to empty. */
const RETRY_AFTER_SECONDS = 1

export interface IntakeOptions {
  readonly comparator: Pick<Comparator, 'offer' | 'report'>
  /** Whether the answers came from this pod's own release, and are not worth comparing with. */
  readonly isSame: (origin: ShadowOrigin) => boolean
  readonly maxMessageBytes: number
  /** Whether `GET /shadow/examples` answers. */
  readonly showExamples: boolean
  /** What whoever asks has to know; without one, anybody may ask. */
  readonly token?: string | undefined
}

/**
 * The routes of a pod that compares: `POST /shadow/compare` takes what stable pods send, `GET /shadow/examples` shows what was
 * found.
 */
export function shadowIntake(options: IntakeOptions): (server: FastifyInstance) => void {
  const { comparator, isSame, maxMessageBytes, showExamples, token } = options
  return (server) => {
    server.post(COMPARE_PATH, { bodyLimit: maxMessageBytes, onRequest: shadowAccess(token) }, (request, reply) => {
      const batch = decodeMessage(Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0))
      if (isSame(batch.origin)) return fault(reply, 409, 'Cannot compare: both pods are of one release')
      if (comparator.offer(batch)) return json(reply, 202, { accepted: batch.pairs.length })
      return fault(reply.header('retry-after', RETRY_AFTER_SECONDS), 503, 'Cannot compare: too many pairs are waiting')
    })
    if (showExamples) shadowExamples(comparator, token)(server)
  }
}

/** The route that shows what was found; for people inside the cluster. */
export function shadowExamples(
  { report }: Pick<Comparator, 'report'>,
  token?: string,
): (server: FastifyInstance) => void {
  return (server) => {
    server.get(EXAMPLES_PATH, { onRequest: shadowAccess(token) }, (_, reply) => json(reply, 200, report()))
  }
}

function fault(reply: FastifyReply, code: number, text: string): FastifyReply {
  return json(reply, code, { error: text })
}

function json(reply: FastifyReply, code: number, body: unknown): FastifyReply {
  return reply.code(code).type('application/json').send(JSON.stringify(body))
}
