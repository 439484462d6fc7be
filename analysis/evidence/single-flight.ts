interface Flight<T> {
  readonly answer: Promise<T>
  readonly controller: AbortController
  waiting: number
}

/**
 * Runs one call per key at a time: who asks for what is already under way gets the same answer. A call is aborted when
 * nobody waits for it any longer.
 */
export class SingleFlight<T> {
  readonly #flights = new Map<string, Flight<T>>()

  /** @throws what the call throws, or the signal's reason */
  async run(key: string, signal: AbortSignal, call: (signal: AbortSignal) => Promise<T>): Promise<T> {
    signal.throwIfAborted()
    const flight = this.#flights.get(key) ?? this.#start(key, call)
    flight.waiting += 1
    const { promise: aborted, reject } = Promise.withResolvers<never>()
    const onAbort = () => {
      reject(signal.reason as Error)
    }
    signal.addEventListener('abort', onAbort, { once: true })
    try {
      return await Promise.race([flight.answer, aborted])
    } finally {
      signal.removeEventListener('abort', onAbort)
      flight.waiting -= 1
      if (flight.waiting === 0) this.#end(key, flight)
    }
  }

  #start(key: string, call: (signal: AbortSignal) => Promise<T>): Flight<T> {
    const controller = new AbortController()
    const flight = { answer: call(controller.signal), controller, waiting: 0 }
    this.#flights.set(key, flight)
    return flight
  }

  /** Nobody waits, so the call has ended or is no longer wanted; who asks from now on must not join it. */
  #end(key: string, flight: Flight<T>): void {
    if (this.#flights.get(key) === flight) this.#flights.delete(key)
    flight.controller.abort()
    // An aborted call fails; there is nobody left to be told.
    flight.answer.catch(() => undefined)
  }
}
