import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { detach, transferable } from './message-buffers.ts'
import { modelLine } from './model-line.ts'
import type { HostReply, HostRequest, LoadRequest } from './model-messages.ts'
import { ServingError } from './serving-error.ts'
import type { Model } from '../model/model.ts'

const ENTRY = new URL('./model-thread.ts', import.meta.url)

/**
 * Loads a model in a thread of its own, which leaves the calling thread free while it loads and computes. The thread is never
 * ended from outside: inside of ONNX Runtime that would abort the process (nodejs/node, napi: an exception cannot be thrown
 * once a worker is terminating). It stops when it is asked between two runs, so releasing a model that hangs does not settle.
 *
 * @throws {InputError} as `loadModel` does
 */
export async function threadModel(load: LoadRequest): Promise<Model> {
  const worker = new Worker(ENTRY)
  const ended = once(worker, 'exit')
  const line = modelLine((request: HostRequest) => {
    worker.postMessage(request, request.kind === 'run' ? transferable(request.feeds) : [])
  })
  const cut = (reason: string, cause?: unknown) => {
    line.cut(new ServingError('modelFailed', `Cannot run model '${load.name}': ${reason}`, { cause }))
  }
  worker.on('message', (reply: HostReply) => {
    line.receive(reply)
  })
  worker.on('error', (error) => {
    cut(`its thread failed (${String(error)})`, error)
  })
  worker.on('exit', () => {
    cut('its thread has ended')
  })
  const stop = async () => {
    // A thread that has failed has nothing left to stop.
    await Promise.allSettled([line.stop()])
    await ended
  }
  try {
    const { digest, signature, skippedProviders } = await line.load(load)
    return {
      name: load.name,
      digest,
      signature,
      skippedProviders,
      run: async (feeds) => [...(await line.run(detach(feeds))).outputs],
      release: stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}
