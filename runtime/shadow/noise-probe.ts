import { compareAnswers } from '../comparison/compare-answers.ts'
import type { Tolerances } from '../comparison/tolerance.ts'
import { ServingError } from '../execution/serving-error.ts'
import type { AnsweredRequest } from '../server/answered-request.ts'
import type { IsSampled } from './sampler.ts'

/** How often a model contradicts itself; in examples. */
export interface NoiseRecorder {
  pairs(examples: number): void
  disagreements(examples: number): void
}

export interface NoiseProbeOptions {
  readonly isSampled: IsSampled
  readonly tolerances: Tolerances
  readonly recorder: NoiseRecorder
  readonly onFault: (error: unknown) => void
}

/** Runs some requests a second time. */
export interface NoiseProbe {
  /** Takes a request that was answered. Never throws, never waits. */
  offer(answered: AnsweredRequest): void
}

/**
 * Measures the noise floor of a comparison: how often the same model, asked twice, gives two answers. Threads that add in another
 * order and models that draw random numbers do. One request at a time is run again, with what waits in the model's own queue;
 * the rest is left out, so the probe never adds more than one run to any other.
 */
export function openNoiseProbe({ isSampled, tolerances, recorder, onFault }: NoiseProbeOptions): NoiseProbe {
  let isBusy = false

  return {
    offer(answered) {
      if (isBusy || answered.outputs === undefined || !isSampled(answered)) return
      isBusy = true
      probe(answered)
        .catch(onFault)
        .finally(() => {
          isBusy = false
        })
    },
  }

  async function probe({ model, job, outputs = [] }: AnsweredRequest): Promise<void> {
    try {
      const again = await model.run(job)
      const rows = compareAnswers(model.signature.outputs, outputs, again, tolerances)
      recorder.pairs(rows.length)
      recorder.disagreements(rows.filter(({ disagrees }) => disagrees).length)
    } catch (error) {
      if (!(error instanceof ServingError)) throw error
      // Refused for want of room, which says nothing; or failed where it had answered.
      if (error.code !== 'modelFailed') return
      recorder.pairs(1)
      recorder.disagreements(1)
    }
  }
}
