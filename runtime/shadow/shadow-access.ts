import { createHash, timingSafeEqual } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { sendFault } from '../server/reply.ts'

/**
 * Makes the hook that lets a request to the routes of shadowing in, or not, before its body is read.
 *
 * What came through a proxy is refused: an ingress that hands every path to the pods must not let the public poison the
 * comparison or read other people's inputs. Proxies say so in `X-Forwarded-For` or `Forwarded` (RFC 7239).
 *
 * @param token what a sender has to know, as a bearer token (RFC 6750); anybody inside the cluster may send where absent
 */
export function shadowAccess(
  token: string | undefined,
): (request: FastifyRequest, reply: FastifyReply, done: () => void) => void {
  const wanted = token === undefined ? undefined : digest(bearer(token))
  return ({ headers }, reply, done) => {
    if (headers['x-forwarded-for'] !== undefined || headers['forwarded'] !== undefined) {
      sendFault(reply, 403, 'Cannot answer: shadow requests do not come through a proxy')
    } else if (wanted !== undefined && !timingSafeEqual(wanted, digest(headers.authorization ?? ''))) {
      sendFault(
        reply.header('www-authenticate', 'Bearer'),
        401,
        'Cannot answer: the shadow token is missing or another one',
      )
    } else {
      done()
    }
  }
}

/** The header by which a sender shows that it knows the token. */
export function bearer(token: string): string {
  return `Bearer ${token}`
}

/** Texts of equal length, so that the time of comparing them tells nothing. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
