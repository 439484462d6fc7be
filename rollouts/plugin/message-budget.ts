interface Waiter {
  readonly bytes: number
  readonly grant: () => void
}

/**
 * One allowance of bytes for all the messages that are being collected, decoded or answered. Who asks when it is used
 * up has to wait, first come, first served: a large message cannot be starved by small ones that would still fit.
 */
export class MessageBudget {
  readonly #maxBytes: number
  #usedBytes = 0
  #waiters: Waiter[] = []

  /** @param maxBytes at least as much as the largest single message, or that message waits for ever */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  get usedBytes(): number {
    return this.#usedBytes
  }

  /** True if the bytes are reserved now; otherwise `grant` is called as soon as they are. */
  reserve(bytes: number, grant: () => void): boolean {
    if (this.#waiters.length === 0 && this.#usedBytes + bytes <= this.#maxBytes) {
      this.#usedBytes += bytes
      return true
    }
    this.#waiters.push({ bytes, grant })
    return false
  }

  release(bytes: number): void {
    this.#usedBytes -= bytes
    this.#grantWaiting()
  }

  /** Takes back a request that is still waiting. */
  withdraw(grant: () => void): void {
    this.#waiters = this.#waiters.filter((waiter) => waiter.grant !== grant)
    this.#grantWaiting()
  }

  #grantWaiting(): void {
    for (let head = this.#waiters[0]; head !== undefined; head = this.#waiters[0]) {
      if (this.#usedBytes + head.bytes > this.#maxBytes) return
      this.#waiters.shift()
      this.#usedBytes += head.bytes
      head.grant()
    }
  }
}
