import type { FastifyRequest } from 'fastify'

const NOTHING = Buffer.alloc(0)

/** The bytes of a request's body, none where it has none. */
export function bodyOf({ body }: FastifyRequest): Buffer {
  return Buffer.isBuffer(body) ? body : NOTHING
}
