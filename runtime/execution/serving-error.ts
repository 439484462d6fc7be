/** Why a well-formed request got no prediction. */
export type ServingErrorCode =
  /** The queue is full. */
  | 'overloaded'
  /** The server is stopping. */
  | 'draining'
  /** It waited too long for its turn. */
  | 'timedOut'
  /** The model itself failed on this input. */
  | 'modelFailed'

/** A prediction that could not be made although the request was in order. */
export class ServingError extends Error {
  override readonly name = 'ServingError'
  readonly code: ServingErrorCode

  constructor(code: ServingErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
