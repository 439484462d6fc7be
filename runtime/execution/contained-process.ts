import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { InputError } from '#faults'
import { modelLine, type RunReply } from './model-line.ts'
import type { HostReply, HostRequest, LoadedModel, LoadRequest } from './model-messages.ts'
import { modelSubject } from '../model/open-session.ts'
import { ServingError } from './serving-error.ts'
import type { Tensor } from '../model/tensor.ts'

const ENTRY = fileURLToPath(new URL('./model-process.ts', import.meta.url))

/** A process that was asked to stop between two runs has nothing to wait for. */
const STOP_TIMEOUT_MS = 2_000

/** A process that holds one model. */
export interface ContainedProcess {
  readonly pid: number
  readonly loaded: LoadedModel
  /** False from the moment that its end is known. */
  readonly isAlive: boolean
  /** Settles with how it ended: `signal SIGSEGV`, `exit code 1`, or the reason it was killed for. */
  readonly ended: Promise<string>
  /** @throws {ServingError} modelFailed, also when the process ends meanwhile */
  run(feeds: readonly Tensor[]): Promise<RunReply>
  /** Ends it at once. */
  kill(reason: string): void
  /** Lets it end by itself. */
  stop(): Promise<void>
}

/**
 * Starts a process and has it load a model.
 *
 * @param startTimeoutMs how long that may take
 * @throws {InputError} as `loadModel` does, and where the process ends or takes too long
 */
export async function startModelProcess(load: LoadRequest, startTimeoutMs: number): Promise<ContainedProcess> {
  const child = fork(ENTRY, [], { serialization: 'advanced', stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
  let killedFor: string | undefined
  const { promise: ended, resolve: end } = Promise.withResolvers<string>()
  const line = modelLine((request: HostRequest) => {
    // A process that cannot be reached has ended or is about to, which cuts the line.
    if (child.connected) child.send(request, (error) => error === null || child.kill('SIGKILL'))
  })
  const finish = (how: string) => {
    line.cut(new ServingError('modelFailed', `Cannot run model '${load.name}': its process ended (${how})`))
    end(how)
  }
  child.on('message', (reply) => {
    line.receive(reply as HostReply)
  })
  child.on('error', (error) => {
    finish(error.message)
  })
  child.on('exit', (code, signal) => {
    finish(killedFor ?? (signal === null ? `exit code ${code ?? 'unknown'}` : `signal ${signal}`))
  })
  const kill = (reason: string) => {
    killedFor ??= reason
    child.kill('SIGKILL')
  }
  const timer = setTimeout(() => {
    kill(`it was not loaded within ${startTimeoutMs} ms`)
  }, startTimeoutMs)
  try {
    const loaded = await line.load(load)
    return {
      pid: child.pid!,
      loaded,
      get isAlive() {
        return child.connected && killedFor === undefined
      },
      ended,
      run: (feeds) => line.run(feeds),
      kill,
      async stop() {
        const late = setTimeout(() => {
          kill('it did not stop')
        }, STOP_TIMEOUT_MS)
        await Promise.allSettled([line.stop()])
        await ended
        clearTimeout(late)
      },
    }
  } catch (error) {
    kill('it has no model')
    if (error instanceof InputError) throw error
    const text = `the process that loads it ended (${await ended})`
    throw new InputError(modelSubject(load.path), [{ path: '', text }], { cause: error })
  } finally {
    clearTimeout(timer)
  }
}
