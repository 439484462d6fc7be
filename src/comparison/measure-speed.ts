import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Tensor } from '#runtime'
import type { Speed } from './speed.ts'

const ENTRY = fileURLToPath(new URL('./speed-process.ts', import.meta.url))
const START_TIMEOUT_MS = 60_000
/** Rounds that run whatever the time, and the batch that is under way. */
const ROUNDS_BEYOND = 20

/** What the process that times both models is told. */
export interface SpeedRequest {
  readonly stablePath: string
  readonly canaryPath: string
  /** Feeds of some examples in the order of stable's inputs, at least one, each of one row. */
  readonly samples: readonly (readonly Tensor[])[]
  /** Time for each batch size. */
  readonly budgetMs: number
}

export type SpeedReply =
  { readonly kind: 'speed'; readonly speed: Speed } | { readonly kind: 'failed'; readonly message: string }

/**
 * Times both models in a process of their own, where they run by turns and a crash harms nobody.
 *
 * @param runTimeoutMs longest run
 */
export async function measureSpeed(
  request: SpeedRequest,
  runTimeoutMs: number,
  signal: AbortSignal,
): Promise<SpeedReply> {
  const child = fork(ENTRY, [], { serialization: 'advanced', stdio: ['ignore', 'ignore', 'ignore', 'ipc'] })
  const { promise, resolve } = Promise.withResolvers<SpeedReply>()
  const fail = (message: string) => {
    resolve({ kind: 'failed', message })
  }
  const stop = () => {
    fail('it was interrupted')
  }
  const timer = setTimeout(
    () => {
      fail('it took too long')
    },
    START_TIMEOUT_MS + 2 * request.budgetMs + ROUNDS_BEYOND * runTimeoutMs,
  )
  signal.addEventListener('abort', stop)
  child.on('message', (reply) => {
    resolve(reply as SpeedReply)
  })
  child.on('error', ({ message }) => {
    fail(message)
  })
  child.on('exit', (code, ended) => {
    fail(`its process ended (${ended === null ? `exit code ${code ?? 'unknown'}` : `signal ${ended}`})`)
  })
  child.send(request)
  try {
    return await promise
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', stop)
    child.kill('SIGKILL')
  }
}
