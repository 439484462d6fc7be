import { InputError } from '#faults'
import { modelSubject } from '../model/open-session.ts'
import type { Tensor } from '../model/tensor.ts'
import type { HostReply, HostRequest, LoadedModel, LoadRequest } from './model-messages.ts'
import { ServingError } from './serving-error.ts'

/** What a run in another thread or process gave. */
export interface RunReply {
  readonly outputs: readonly Tensor[]
  /** Time of the model alone, without the messages. */
  readonly runMs: number
  /** Memory of the process that ran it; 0 where it was not measured. */
  readonly memoryBytes: number
}

/** The near side of a model in another thread or process: each question has one answer, and they come in the same order. */
export interface ModelLine {
  /** @throws {InputError} as `loadModel` does */
  load(request: LoadRequest): Promise<LoadedModel>
  /** @throws {ServingError} modelFailed */
  run(feeds: readonly Tensor[]): Promise<RunReply>
  stop(): Promise<void>
  /** Hands over an answer. */
  receive(reply: HostReply): void
  /** Nobody answers any more: the questions under way and all later ones fail with this. */
  cut(reason: Error): void
}

/** @param send hands a question to the far side */
export function modelLine(send: (request: HostRequest) => void): ModelLine {
  const pending: PromiseWithResolvers<HostReply>[] = []
  let broken: Error | undefined

  function ask(request: HostRequest): Promise<HostReply> {
    if (broken !== undefined) return Promise.reject(broken)
    const answer = Promise.withResolvers<HostReply>()
    pending.push(answer)
    send(request)
    return answer.promise
  }

  return {
    async load(request) {
      const reply = await ask({ kind: 'load', load: request })
      if (reply.kind === 'loaded') return reply.loaded
      if (reply.kind === 'refused') throw new InputError(modelSubject(request.path), reply.faults)
      throw unexpected(reply)
    },
    async run(feeds) {
      const reply = await ask({ kind: 'run', feeds })
      if (reply.kind === 'outputs') return reply
      if (reply.kind === 'failed') throw new ServingError('modelFailed', reply.message)
      throw unexpected(reply)
    },
    async stop() {
      await ask({ kind: 'stop' })
    },
    receive(reply) {
      pending.shift()?.resolve(reply)
    },
    cut(reason) {
      broken ??= reason
      for (const { reject } of pending.splice(0)) reject(broken)
    },
  }
}

function unexpected(reply: HostReply): Error {
  return new Error(`Cannot ask a model: unexpected answer '${reply.kind === 'failed' ? reply.message : reply.kind}'`)
}
