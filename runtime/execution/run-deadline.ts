import type { Model } from '../model/model.ts'
import type { Tensor } from '../model/tensor.ts'
import { ServingError } from './serving-error.ts'

/**
 * Gives up on runs that take too long, for a model that nobody can stop: its thread computes on, but those who asked get an
 * answer, and so does at once whoever asks while it lasts. A model that answers after all is used again.
 *
 * @param runTimeoutMs from the end of the run before it, where runs are queued
 * @param now milliseconds of a clock that never goes back
 */
export function withRunDeadline(model: Model, runTimeoutMs: number, now: () => number): Model {
  const underWay: PromiseWithResolvers<Tensor[]>[] = []
  let timer: NodeJS.Timeout | undefined
  let overdueSinceMs: number | undefined

  function watchFirst(): void {
    clearTimeout(timer)
    timer = undefined
    if (underWay.length > 0) timer = setTimeout(giveUp, runTimeoutMs)
  }

  function giveUp(): void {
    overdueSinceMs = now()
    for (const { reject } of underWay) reject(overdue())
  }

  function overdue(): ServingError {
    return new ServingError(
      'modelFailed',
      `Cannot run model '${model.name}': it gave no answer within ${runTimeoutMs} ms`,
    )
  }

  return {
    ...model,
    overdueSinceMs: () => overdueSinceMs,
    run(feeds) {
      if (overdueSinceMs !== undefined) return Promise.reject(overdue())
      const answer = Promise.withResolvers<Tensor[]>()
      underWay.push(answer)
      if (underWay.length === 1) watchFirst()
      const end = () => {
        underWay.shift()
        overdueSinceMs = undefined
        watchFirst()
      }
      model.run(feeds).finally(end).then(answer.resolve, answer.reject)
      return answer.promise
    },
    async release() {
      clearTimeout(timer)
      await model.release()
    },
  }
}
