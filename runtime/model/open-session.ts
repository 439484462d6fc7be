import * as ort from 'onnxruntime-node'
import { type Fault, InputError } from '#faults'
import { isBundled, type SkippedProvider } from './execution-provider.ts'

const MAX_REASON_LENGTH = 300

const SESSION_OPTIONS = { intraOpNumThreads: 1, interOpNumThreads: 1, logSeverityLevel: 4 } as const

/**
 * Only what ends the process is logged, here and by each session (4): errors come as exceptions, and at `error` each failed run
 * would write a line to standard error, as fast as requests come.
 */
ort.env.logLevel = 'fatal'

/** A session and the providers that it could not use. */
export interface OpenedSession {
  readonly session: ort.InferenceSession
  readonly skipped: readonly SkippedProvider[]
}

/** What a model file is called in messages. */
export function modelSubject(path: string): string {
  return `model ${JSON.stringify(path)}`
}

/**
 * Opens a model with the first of the execution providers that can be used, and those after it.
 *
 * @throws {InputError} where none can, or the file is not a model
 */
export async function openSession(path: string, providers: readonly string[]): Promise<OpenedSession> {
  const skipped: SkippedProvider[] = []
  for (;;) {
    const rest = providers.slice(skipped.length)
    try {
      const session = await ort.InferenceSession.create(path, { ...SESSION_OPTIONS, executionProviders: rest })
      return { session, skipped }
    } catch (cause) {
      // One failure alone does not tell whether the provider or the model is at fault.
      if (rest.length <= 1) throw new InputError(modelSubject(path), [openFault(rest[0], cause)], { cause })
      skipped.push({ name: rest[0]!, reason: openReason(rest[0]!, cause) })
    }
  }
}

function openFault(provider: string | undefined, cause: unknown): Fault {
  if (provider === undefined || provider === 'cpu') {
    return { path: '', text: `expected an ONNX model that ONNX Runtime can load, it says "${firstLine(cause)}"` }
  }
  return {
    path: '',
    text: `expected a model that execution provider '${provider}' can run, ${openReason(provider, cause)}`,
  }
}

function openReason(provider: string, cause: unknown): string {
  const hint = isBundled(provider) ? '' : ' (its libraries do not come with this build)'
  return `ONNX Runtime says "${firstLine(cause)}"${hint}`
}

/** ONNX Runtime appends a stack of native frames to some messages; the first line says what happened. */
export function firstLine(cause: unknown): string {
  const text = (cause instanceof Error ? cause.message : String(cause)).split('\n', 1)[0] ?? ''
  return text.length > MAX_REASON_LENGTH ? `${text.slice(0, MAX_REASON_LENGTH)}…` : text
}
