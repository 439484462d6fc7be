import {
  buildInferenceApp,
  describeSignature,
  inlineExecutor,
  isBatchingSafe,
  loadModel,
  singleModel,
  warmUp,
  type Executor,
  type InferenceApp,
  type Model,
} from '#runtime'
import { InputError } from '#decision'
import { EXIT, type Io } from './command.ts'
import type { RuntimeOptions } from './runtime-options.ts'
import { prepareDrain } from './serving-drain.ts'
import { createServingMetrics } from './serving-metrics.ts'
import { joinExpositions, openShadow, type Shadow } from './shadow.ts'

/** Different failures of the model that are written out; the metrics count all. */
const MAX_REPORTED = 20

/**
 * Serves one model until it is told to stop, then drains.
 *
 * @param stop ends the serving; what was accepted by then is still answered
 * @returns exit code: 0 after a clean drain, 1 when requests were cut off at the drain's deadline
 * @throws {InputError} where the model cannot be loaded or the address cannot be listened on
 */
export async function runModelServer(options: RuntimeOptions, io: Io, stop: AbortSignal): Promise<number> {
  const startedAtMs = io.now()
  const model = await loadModel(options.modelPath, options.modelName)
  const batching = options.maxBatchRows > 1 && (await isBatchingSafe(model))
  const executor = inlineExecutor(model, {
    maxBatchRows: batching ? options.maxBatchRows : 1,
    maxQueuedRows: options.maxQueuedRows,
  })
  try {
    const { app, shadow } = assemble(model, executor, options, io)
    const drain = prepareDrain(app, executor, options)
    const warm = await warmUp(app.server, model.signature, { limitMs: options.warmUpMs, now: () => io.now() })
    if (warm.requests > 0 && warm.answered === 0) {
      io.stderr.write(`model '${model.name}' answered none of ${warm.requests} made-up warm-up requests\n`)
    }
    if (stop.aborted) return EXIT.ok
    const port = await listen(app, options)
    app.phase = 'ready'
    announce(model, { host: options.host, port, batching, readyMs: io.now() - startedAtMs, json: options.json }, io)
    await aborted(stop)
    const drained = await drain()
    await shadow.close()
    if (drained) return EXIT.ok
    io.stderr.write(`some requests were not answered within ${options.drainTimeoutMs} ms and were cut off\n`)
    return EXIT.aborted
  } finally {
    await executor.drain()
    await executor.release()
  }
}

interface Assembly {
  readonly app: InferenceApp
  readonly shadow: Shadow
}

function assemble(model: Model, executor: Executor, options: RuntimeOptions, io: Io): Assembly {
  const { recorder, exposition } = createServingMetrics(model, options)
  const catalogue = singleModel(model, executor)
  const shadow = openShadow(options.shadow, {
    catalogue,
    classNames: options.classNames,
    candidateFor: (name) => Promise.resolve(catalogue.find(name) ?? catalogue.find()),
    warn: (text) => {
      io.stderr.write(`${text}\n`)
    },
    now: () => io.now(),
  })
  const app = buildInferenceApp({
    catalogue,
    recorder,
    exposition: joinExpositions(exposition, shadow.exposition),
    routes: shadow.routes,
    ...(shadow.onAnswered && { onAnswered: shadow.onAnswered }),
    classNames: options.classNames,
    maxBodyBytes: options.maxBodyBytes,
    maxRows: options.maxRows,
    onModelFailure: reportOnce(io),
    onFault: (error) => {
      io.stderr.write(`internal fault: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`)
    },
  })
  return { app, shadow }
}

/** Writes a message when it first appears: a model that fails on every tenth request would fill the log with one line. */
function reportOnce(io: Io): (error: Error) => void {
  const reported = new Set<string>()
  return ({ message }) => {
    if (reported.has(message) || reported.size >= MAX_REPORTED) return
    reported.add(message)
    io.stderr.write(`${message} (said once)\n`)
  }
}

async function listen({ server }: InferenceApp, { host, port }: RuntimeOptions): Promise<number> {
  try {
    await server.listen({ host, port })
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new InputError(`address ${host}:${port}`, [{ path: '', text: `it cannot be listened on (${reason})` }], {
      cause,
    })
  }
  const address = server.server.address()
  return typeof address === 'object' && address !== null ? address.port : port
}

interface Announcement {
  readonly host: string
  readonly port: number
  readonly batching: boolean
  readonly readyMs: number
  readonly json: boolean
}

function announce(model: Model, { host, port, batching, readyMs, json }: Announcement, io: Io): void {
  const url = `http://${host.includes(':') ? `[${host}]` : host}:${port}`
  const signature = describeSignature(model.signature)
  if (json) {
    const { name, digest: sha256 } = model
    const line = { event: 'ready', url, host, port, model: name, sha256, signature, batching, readyMs }
    io.stdout.write(`${JSON.stringify(line)}\n`)
    return
  }
  io.stdout.write(`modelgate runtime: listening on ${url} (model ${model.name}, ready in ${readyMs} ms)\n`)
  io.stderr.write(`model ${model.name}: ${signature}; ${batching ? 'requests are batched' : 'one request a run'}\n`)
  for (const { name, reason } of model.signature.unsupportedOutputs) {
    io.stderr.write(`output '${name}' is not served: it is ${reason}\n`)
  }
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return
  await new Promise<void>((resolve) => {
    signal.addEventListener(
      'abort',
      () => {
        resolve()
      },
      { once: true },
    )
  })
}
