import type { Random } from '../../support/random.ts'
import { normal } from '../../support/sampling.ts'

/**
 * A wandering level with mean 0 and standard deviation 1 that forgets a share 1/e of itself every `memoryMs`: the AR(1)
 * process in continuous time. Read at rising times, its values have exactly the process's law, however they are spaced.
 */
export class OrnsteinUhlenbeck {
  readonly #random: Random
  readonly #memoryMs: number
  #level: number
  #atMs: number

  constructor(random: Random, memoryMs: number, startMs: number) {
    this.#random = random
    this.#memoryMs = memoryMs
    this.#level = normal(random)
    this.#atMs = startMs
  }

  at(timeMs: number): number {
    const kept = Math.exp((this.#atMs - timeMs) / this.#memoryMs)
    this.#level = kept * this.#level + Math.sqrt(1 - kept * kept) * normal(this.#random)
    this.#atMs = timeMs
    return this.#level
  }
}
