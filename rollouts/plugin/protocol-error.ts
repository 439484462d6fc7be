/** Which layer the peer broke: the handshake, the frames, the values, or the calls. */
export type ProtocolErrorCode = 'handshake' | 'yamux' | 'gob' | 'rpc'

/**
 * The peer broke a protocol, or asked for more than a limit allows. The connection cannot go on: a gob stream has no
 * point at which a reader can join again, so the host ends the process and the client starts a fresh one.
 */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError'
  readonly code: ProtocolErrorCode

  constructor(code: ProtocolErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

/** The text of anything that can be thrown. */
export function describeError(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
