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
      if (flight.waiting === 0) flight.controller.abort()
    }
  }

  #start(key: string, call: (signal: AbortSignal) => Promise<T>): Flight<T> {
    const controller = new AbortController()
    const answer = call(controller.signal).finally(() => this.#flights.delete(key))
    // Waiting callers see the failure; without any it has nobody to be told to.
    answer.catch(() => undefined)
    const flight = { answer, controller, waiting: 0 }
    this.#flights.set(key, flight)
    return flight
  }
}
