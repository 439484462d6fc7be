import { type Fault, InputError } from '#faults'

/** Gathers what is wrong with several inputs, so that a user mends all of them at once. */
export class FaultCollector {
  readonly #faults: Fault[] = []

  /**
   * Reads one input.
   *
   * @param place name of the input; it goes before every fault's path
   * @returns undefined where the input cannot be used
   */
  async attempt<T>(place: string, read: () => T | Promise<T>): Promise<T | undefined> {
    try {
      return await read()
    } catch (error) {
      if (!(error instanceof InputError)) throw error
      this.add(place, error.faults)
      return undefined
    }
  }

  add(place: string, faults: readonly Fault[]): void {
    this.#faults.push(...faults.map(({ path, text }) => ({ path: path === '' ? place : `${place}: ${path}`, text })))
  }

  /** @throws {InputError} when anything was wrong, with all of it */
  refuse(subject: string): void {
    if (this.#faults.length > 0) throw new InputError(subject, this.#faults)
  }
}
