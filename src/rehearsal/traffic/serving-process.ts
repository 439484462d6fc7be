import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { formatDuration } from '#decision'

const MAIN = fileURLToPath(new URL('../../main.ts', import.meta.url))

/** A server that has not drained by then is not going to. */
const STOP_TIMEOUT_MS = 3_000

/** As long as a kubelet waits by default before it kills a container: three probes, ten seconds apart. */
const HUNG_AFTER_MS = 30_000
const PROBE_INTERVAL_MS = 1_000

const MAX_KEPT_STDERR = 4_096

const readyLineSchema = z.object({ event: z.literal('ready'), port: z.int() })

/** How a process ended. */
export interface ProcessEnd {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  /** Where it was killed because it hung: how long it had owed an answer, milliseconds. */
  readonly hungMs?: number
}

/** One model server in a process of its own, as a pod would run it. */
export interface ServingProcess {
  readonly pod: string
  readonly pid: number
  /** For example `http://127.0.0.1:40123`. */
  readonly origin: string
  /** null while it runs. */
  readonly end: ProcessEnd | null
  /** Asks it to stop, kills it when it does not, and settles when it is gone. */
  stop(): Promise<void>
}

export interface ServingProcessOptions {
  readonly pod: string
  readonly modelPath: string
  /** Further options of `modelgate runtime`. */
  readonly args: readonly string[]
  /** Milliseconds until it has to be ready. */
  readonly startTimeoutMs: number
  /** Once it is ready, a process that owes an answer for so long is killed, as a liveness probe would. */
  readonly hungAfterMs?: number
  /** Ends the waiting, and the process with it. */
  readonly signal: AbortSignal
}

/** A process that ended, or did not get ready in time. */
export class StartError extends Error {
  override readonly name = 'StartError'
}

/** Processes that run now; none may outlive this one, however it ends. */
const running = new Set<ChildProcessWithoutNullStreams>()
process.on('exit', () => {
  for (const child of running) kill(child, 'SIGKILL')
})

/**
 * Starts `modelgate runtime` in a process group of its own, so that Ctrl-C in a terminal reaches only this process, which then
 * stops it. Its standard input is a pipe that nobody writes to: when this process dies, in whatever way, the pipe ends and the
 * server with it.
 *
 * @throws {StartError} when it ends or takes too long before it is ready
 */
export async function startServing(options: ServingProcessOptions): Promise<ServingProcess> {
  const { pod, signal, hungAfterMs = HUNG_AFTER_MS } = options
  signal.throwIfAborted()
  const child = spawn(process.execPath, [MAIN, ...runtimeArguments(options)], { stdio: 'pipe', detached: true })
  running.add(child)
  const stderr = keepTail(child)
  const ended = new AbortController()
  let end: ProcessEnd | null = null
  let isHung = false
  child.once('exit', (code, exitSignal) => {
    end = { code, signal: exitSignal, ...(isHung && { hungMs: hungAfterMs }) }
    running.delete(child)
    ended.abort()
  })
  child.once('error', (error) => {
    stderr.add(error.message)
    if (child.pid !== undefined) return
    end = { code: null, signal: null }
    running.delete(child)
    ended.abort()
  })
  try {
    const port = await readPort(child, options, ended.signal)
    const origin = `http://127.0.0.1:${port}`
    void untilHung(origin, hungAfterMs, ended.signal).then((hung) => {
      isHung = hung
      if (hung) kill(child, 'SIGKILL')
    })
    return {
      pod,
      pid: child.pid ?? 0,
      origin,
      get end() {
        return end
      },
      stop: () => stop(child, ended.signal),
    }
  } catch (cause) {
    await stop(child, ended.signal)
    signal.throwIfAborted()
    if (cause instanceof StartError) throw cause
    throw new StartError(`${describeEnd(end)} before it was ready${stderr.lastLine()}`, { cause })
  }
}

/** How a process ended, as the predicate of a sentence: `ended with code 134`. */
export function describeEnd(end: ProcessEnd | null): string {
  if (end === null) return 'is running'
  if (end.hungMs !== undefined) return `did not answer for ${formatDuration(end.hungMs)} and was killed`
  if (end.signal !== null) return `was ended by ${end.signal}`
  return end.code === null ? 'could not be started' : `ended with code ${end.code}`
}

function runtimeArguments({ modelPath, args }: ServingProcessOptions): string[] {
  const where = ['--host', '127.0.0.1', '--port', '0']
  return ['runtime', '--model', modelPath, ...where, '--json', '--exit-with-parent', ...args]
}

async function readPort(
  child: ChildProcessWithoutNullStreams,
  { startTimeoutMs, signal }: ServingProcessOptions,
  ended: AbortSignal,
): Promise<number> {
  const timeout = AbortSignal.timeout(startTimeoutMs)
  // Stays open: what the process may write later has to be read, or it would block.
  const lines = createInterface({ input: child.stdout })
  try {
    const [line] = (await once(lines, 'line', { signal: AbortSignal.any([signal, ended, timeout]) })) as [string]
    return readyLineSchema.parse(JSON.parse(line)).port
  } catch (cause) {
    if (ended.aborted || !timeout.aborted) throw cause
    throw new StartError(`was not ready within ${startTimeoutMs} ms`, { cause })
  }
}

/**
 * Settles with true when the process has owed a good answer for so long, with false when it has ended. Time counts from a question
 * on, so that a rehearsal that was suspended meanwhile blames nobody.
 */
async function untilHung(origin: string, hungAfterMs: number, ended: AbortSignal): Promise<boolean> {
  let owedSinceMs: number | undefined
  while (!ended.aborted) {
    owedSinceMs ??= performance.now()
    const left = AbortSignal.timeout(Math.max(1, Math.ceil(hungAfterMs - (performance.now() - owedSinceMs))))
    try {
      const answer = await fetch(`${origin}/healthz`, { signal: AbortSignal.any([ended, left]) })
      await answer.arrayBuffer()
      if (answer.ok) owedSinceMs = undefined
    } catch {
      // No answer is as bad as a bad one.
    }
    if (owedSinceMs !== undefined && performance.now() - owedSinceMs >= hungAfterMs) return !ended.aborted
    await sleep(PROBE_INTERVAL_MS, undefined, { signal: ended, ref: false }).catch(() => undefined)
  }
  return false
}

async function stop(child: ChildProcessWithoutNullStreams, ended: AbortSignal): Promise<void> {
  if (ended.aborted) return
  const gone = once(ended, 'abort')
  kill(child, 'SIGTERM')
  const timer = setTimeout(() => {
    kill(child, 'SIGKILL')
  }, STOP_TIMEOUT_MS)
  await gone
  clearTimeout(timer)
}

function kill({ pid, exitCode, signalCode }: ChildProcessWithoutNullStreams, signal: NodeJS.Signals): void {
  if (pid === undefined || exitCode !== null || signalCode !== null) return
  try {
    process.kill(-pid, signal)
  } catch (error) {
    // It ended a moment ago.
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
  }
}

function keepTail(child: ChildProcessWithoutNullStreams): { add(text: string): void; lastLine(): string } {
  let kept = ''
  const add = (text: string): void => {
    kept = (kept + text).slice(-MAX_KEPT_STDERR)
  }
  child.stderr.setEncoding('utf8').on('data', add)
  // A pipe to a process that is gone breaks; that it is gone is known from its exit.
  child.stdin.on('error', (error) => {
    add(`${error.message}\n`)
  })
  return {
    add,
    lastLine: () => {
      const line = kept.trim().split('\n').at(-1)
      return line === undefined || line === '' ? '' : ` (${line})`
    },
  }
}
