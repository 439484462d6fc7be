import { InputError } from '#faults'
import { startModelProcess, type ContainedProcess } from './contained-process.ts'
import type { ExecutionRecorder, RestartReason } from './execution-recorder.ts'
import type { LoadRequest } from './model-messages.ts'
import { ServingError } from './serving-error.ts'
import type { Model } from '../model/model.ts'
import { modelSubject } from '../model/open-session.ts'
import type { Tensor } from '../model/tensor.ts'

const START_TIMEOUT_MS = 60_000
const FIRST_BACK_OFF_MS = 200
const MAX_BACK_OFF_MS = 10_000

/** What a contained model may take. */
export interface ContainmentLimits {
  /** Longest run; the process of a model that takes longer is killed and started anew. */
  readonly runTimeoutMs: number
  /** Most memory of the process; above it, it is started anew between two runs. */
  readonly maxMemoryBytes: number
}

/** Where a contained model is in its life. */
type Life =
  | { readonly kind: 'running'; readonly child: ContainedProcess }
  | { readonly kind: 'starting'; readonly started: Promise<void> }
  | { readonly kind: 'resting'; readonly untilMs: number; readonly reason: string; readonly timer: NodeJS.Timeout }
  | { readonly kind: 'released' }

/** How long to wait before a process is started again; a first failure is not waited for. */
export function backOffMs(failures: number): number {
  return failures < 2 ? 0 : Math.min(MAX_BACK_OFF_MS, FIRST_BACK_OFF_MS * 2 ** (failures - 2))
}

/**
 * Loads a model in a process of its own. Whatever the model does there harms only its own requests: a crash, a run beyond the
 * deadline or a leak ends the process, the request under way fails with the reason, and a new process takes over.
 *
 * @throws {InputError} as `loadModel` does, and where the process takes too long or more memory than it may
 */
export async function processModel(
  load: LoadRequest,
  limits: ContainmentLimits,
  recorder: Pick<ExecutionRecorder, 'restarted'>,
): Promise<Model> {
  const first = await start()
  const { digest, signature, skippedProviders } = first.loaded
  let failures = 0
  let life: Life = { kind: 'starting', started: Promise.resolve() }
  adopt(first)

  async function start(): Promise<ContainedProcess> {
    const child = await startModelProcess(load, START_TIMEOUT_MS)
    const { memoryBytes } = child.loaded
    if (memoryBytes <= limits.maxMemoryBytes) return child
    child.kill('it is too large')
    const text = `expected a process of up to ${limits.maxMemoryBytes} bytes, received one of ${memoryBytes}`
    throw new InputError(modelSubject(load.path), [{ path: '', text }])
  }

  function adopt(child: ContainedProcess): void {
    life = { kind: 'running', child }
    void child.ended.then((how) => {
      if (life.kind === 'running' && life.child === child) replace('ended', how)
    })
  }

  function replace(reason: RestartReason, how: string): void {
    recorder.restarted(reason)
    fail(`its process ended (${how})`)
  }

  function fail(reason: string): void {
    failures += 1
    const waitMs = backOffMs(failures)
    if (waitMs === 0) {
      restart()
      return
    }
    life = { kind: 'resting', untilMs: performance.now() + waitMs, reason, timer: setTimeout(restart, waitMs).unref() }
  }

  function restart(): void {
    const started = start().then(
      (child) => {
        if (life.kind === 'released') child.kill('the model was released')
        else if (child.loaded.digest === digest) adopt(child)
        else {
          child.kill('it holds another model')
          fail('its file has changed since it was loaded')
        }
      },
      (error: unknown) => {
        if (life.kind !== 'released') fail(error instanceof Error ? error.message : String(error))
      },
    )
    life = { kind: 'starting', started }
  }

  async function runIn(child: ContainedProcess, feeds: readonly Tensor[]): Promise<Tensor[]> {
    const { runTimeoutMs, maxMemoryBytes } = limits
    const end = (reason: RestartReason, how: string) => {
      child.kill(how)
      if (life.kind === 'running' && life.child === child) replace(reason, how)
    }
    const timer = setTimeout(() => {
      end('deadline', `it gave no answer within ${runTimeoutMs} ms`)
    }, runTimeoutMs)
    try {
      const { outputs, memoryBytes } = await child.run(feeds)
      failures = 0
      if (memoryBytes > maxMemoryBytes) end('memory', `it took up ${memoryBytes} of ${maxMemoryBytes} bytes`)
      return [...outputs]
    } finally {
      clearTimeout(timer)
    }
  }

  return {
    name: load.name,
    digest,
    signature,
    skippedProviders,
    async run(feeds) {
      for (;;) {
        switch (life.kind) {
          case 'running': {
            if (life.child.isAlive) return runIn(life.child, feeds)
            await life.child.ended
            break
          }
          case 'starting':
            await life.started
            break
          case 'resting': {
            const waitMs = Math.max(0, Math.ceil(life.untilMs - performance.now()))
            throw failure(`${life.reason}; it starts again in ${waitMs} ms`)
          }
          case 'released':
            throw failure('it was released')
        }
      }
    },
    async release() {
      const last = life
      life = { kind: 'released' }
      if (last.kind === 'running') await last.child.stop()
      else if (last.kind === 'starting') await last.started
      else if (last.kind === 'resting') clearTimeout(last.timer)
    },
  }

  function failure(detail: string): ServingError {
    return new ServingError('modelFailed', `Cannot run model '${load.name}': ${detail}`)
  }
}
