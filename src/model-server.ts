import { InputError } from '#faults'
import {
  buildInferenceApp,
  describeSignature,
  openCatalogue,
  settlesWithin,
  warmUp,
  type InferenceApp,
  type OpenCatalogue,
  type ReadyModel,
} from '#runtime'
import manifest from '../package.json' with { type: 'json' }
import { EXIT, type Io } from './command.ts'
import { describeModel, modelReports } from './model-reports.ts'
import type { RuntimeOptions } from './runtime-options.ts'
import { prepareDrain } from './serving-drain.ts'
import { createServingMetrics, type ServingMetrics } from './serving-metrics.ts'
import { joinExpositions, openShadow, type Shadow } from './shadow.ts'

/** Different failures of the model that are written out; the metrics count all. */
const MAX_REPORTED = 20

/** How long models may take to answer what nobody waits for any more, once the server has drained. */
const MODEL_DRAIN_MS = 1_000

/** How long all models together may take to be freed after that. */
const RELEASE_MS = 3_000

/**
 * Serves models until it is told to stop, then drains.
 *
 * @param stop ends the serving; what was accepted by then is still answered
 * @param abandon ends the process at once, where a model on a thread hangs: any other way out would abort inside of ONNX Runtime
 * @returns exit code: 0 after a clean drain, 1 when requests were cut off at the drain's deadline
 * @throws {InputError} where the models cannot be loaded or the address cannot be listened on
 */
export async function runModelServer(
  options: RuntimeOptions,
  io: Io,
  stop: AbortSignal,
  abandon: () => void = () => process.kill(process.pid, 'SIGKILL'),
): Promise<number> {
  const startedAtMs = io.now()
  const metrics = createServingMetrics(options)
  const reports = modelReports(io.stderr, metrics.models)
  const { observer } = reports
  const recorderFor = metrics.models.executionOf
  const catalogue = await openCatalogue({ ...options, observer, recorderFor })
  let closeShadow = () => Promise.resolve()
  try {
    reports.begin()
    const { app, shadow } = await assemble(catalogue, metrics, options, io)
    closeShadow = () => shadow.close()
    const drain = prepareDrain(app, options)
    await warm(app, catalogue, options, io)
    if (stop.aborted) return EXIT.ok
    const port = await listen(app, options)
    app.phase = 'ready'
    announce(reports.first, catalogue, { ...options, port, readyMs: io.now() - startedAtMs }, io)
    await aborted(stop)
    if (await drain()) return EXIT.ok
    io.stderr.write(`some requests were not answered within ${options.drainTimeoutMs} ms and were cut off\n`)
    return EXIT.aborted
  } finally {
    const closing = Promise.all([closeShadow(), catalogue.close(MODEL_DRAIN_MS)])
    if (!(await settlesWithin(closing, MODEL_DRAIN_MS + RELEASE_MS))) {
      io.stderr.write('a model hangs and cannot be stopped: the process ends at once\n')
      abandon()
    }
  }
}

async function warm(app: InferenceApp, catalogue: OpenCatalogue, options: RuntimeOptions, io: Io): Promise<void> {
  const served = catalogue.find()
  if (served === undefined) return
  const { requests, answered } = await warmUp(app.server, served.signature, {
    limitMs: options.warmUpMs,
    now: () => io.now(),
  })
  if (requests === 0 || answered > 0) return
  io.stderr.write(`model '${served.name}' answered none of ${requests} made-up warm-up requests\n`)
}

interface Assembly {
  readonly app: InferenceApp
  readonly shadow: Shadow
}

async function assemble(
  catalogue: OpenCatalogue,
  metrics: ServingMetrics,
  options: RuntimeOptions,
  io: Io,
): Promise<Assembly> {
  const shadow = await openShadow(options.shadow, {
    catalogue,
    classNames: options.classNames,
    sources: options.sources,
    providers: options.providers,
    warn: (text) => {
      io.stderr.write(`${text}\n`)
    },
    now: () => io.now(),
  })
  const app = buildInferenceApp({
    catalogue,
    recorder: shadow.recorder ?? metrics.recorder,
    exposition: joinExpositions(metrics.exposition, shadow.exposition),
    routes: shadow.routes,
    ...(shadow.onAnswered && { onAnswered: shadow.onAnswered }),
    classNames: options.classNames,
    maxBodyBytes: options.maxBodyBytes,
    maxRows: options.maxRows,
    serverVersion: manifest.version,
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
  readonly readyMs: number
  readonly json: boolean
}

function announce(models: readonly ReadyModel[], catalogue: OpenCatalogue, place: Announcement, io: Io): void {
  const { host, port, readyMs, json } = place
  const url = `http://${host.includes(':') ? `[${host}]` : host}:${port}`
  const first = models.find(({ served }) => served === catalogue.find()) ?? models[0]!
  if (json) {
    const entries = models.map(({ served, kind: executor, batching }) => {
      const { name: model, version, digest: sha256, signature } = served
      return { model, version, sha256, signature: describeSignature(signature), executor, batching }
    })
    const line = { event: 'ready', url, host, port, ...entries[models.indexOf(first)], readyMs, models: entries }
    io.stdout.write(`${JSON.stringify(line)}\n`)
    return
  }
  io.stdout.write(`modelgate runtime: listening on ${url} (model ${first.served.name}, ready in ${readyMs} ms)\n`)
  for (const text of models.flatMap(describeModel)) io.stderr.write(`${text}\n`)
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
