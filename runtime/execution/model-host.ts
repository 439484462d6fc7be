import { InputError } from '#faults'
import { lowerPriority } from './lower-priority.ts'
import type { HostReply, HostRequest } from './model-messages.ts'
import { loadModel, type Model } from '../model/model.ts'

/**
 * The far side of a model in another thread or process: holds the session and does what it is asked, one request at a time.
 *
 * @param measureMemory bytes that the process takes up; 0 where nobody asks
 * @param now milliseconds of a clock that never goes back
 */
export function modelHost(
  reply: (reply: HostReply) => void,
  measureMemory: () => number = () => 0,
  now: () => number = () => performance.now(),
): (request: HostRequest) => Promise<void> {
  let model: Model | undefined

  return async (request) => {
    reply(await answer(request).catch(describeFailure))
  }

  async function answer(request: HostRequest): Promise<HostReply> {
    switch (request.kind) {
      case 'load': {
        const { path, name, providers, isBackground = false } = request.load
        if (isBackground) lowerPriority()
        model = await loadModel(path, name, { providers })
        const { digest, signature, skippedProviders = [] } = model
        return { kind: 'loaded', loaded: { digest, signature, skippedProviders, memoryBytes: measureMemory() } }
      }
      case 'run': {
        if (model === undefined) throw new Error('Cannot run a model: none is loaded')
        const startMs = now()
        const outputs = await model.run(request.feeds)
        return { kind: 'outputs', outputs, runMs: now() - startMs, memoryBytes: measureMemory() }
      }
      case 'stop': {
        await model?.release()
        return { kind: 'stopped' }
      }
    }
  }
}

function describeFailure(error: unknown): HostReply {
  if (error instanceof InputError) return { kind: 'refused', faults: error.faults }
  return { kind: 'failed', message: error instanceof Error ? error.message : String(error) }
}
