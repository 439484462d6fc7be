import { InputError } from '#faults'
import { startModelProcess } from './contained-process.ts'
import { measureModel, type MeasuredModel } from './measure-model.ts'
import type { LoadRequest } from './model-messages.ts'
import type { Model } from '../model/model.ts'
import { modelSubject } from '../model/open-session.ts'

const START_TIMEOUT_MS = 60_000

/**
 * Loads a model in a process of its own, runs it on made-up rows there and ends the process: a model that crashes or hangs is
 * found out before it can take a server with it.
 *
 * @param maxBatchRows rows that may run together at most
 * @param runTimeoutMs longest run
 * @throws {InputError} as `loadModel` does, and where the model ends the process or gives no answer in time
 */
export async function tryModel(load: LoadRequest, maxBatchRows: number, runTimeoutMs: number): Promise<MeasuredModel> {
  const child = await startModelProcess(load, START_TIMEOUT_MS)
  let computedMs = 0
  const model: Model = {
    name: load.name,
    digest: child.loaded.digest,
    signature: child.loaded.signature,
    async run(feeds) {
      const timer = setTimeout(() => {
        child.kill(`it gave no answer within ${runTimeoutMs} ms`)
      }, runTimeoutMs)
      try {
        const { outputs, runMs } = await child.run(feeds)
        computedMs += runMs
        return [...outputs]
      } finally {
        clearTimeout(timer)
      }
    },
    release: () => child.stop(),
  }
  try {
    // A clock that stands still but for the model's own runs leaves out what the messages take.
    const measured = await measureModel(model, maxBatchRows, () => computedMs)
    if (child.isAlive) return measured
    const text = `expected a model that can be run, but the process that tried it ended (${await child.ended})`
    throw new InputError(modelSubject(load.path), [{ path: '', text }])
  } finally {
    child.kill('it has been tried')
    await child.ended
  }
}
