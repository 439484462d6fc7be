import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import { clip, InputError } from '#decision'
import { classNamer, type NameClass } from './class-names.ts'
import type { AnsweredRequest } from './answered-request.ts'
import type { ModelCatalogue, ServedModel } from '../catalogue/served-model.ts'
import { predictionIndex, recordNonFinite, recordPrediction } from './prediction.ts'
import { parsePredictionRequest, type PredictionRequest } from '../protocol/prediction-request.ts'
import type { Recorder } from './recorder.ts'
import { ServingError } from '../execution/serving-error.ts'

import type { TensorSpec } from '../model/signature.ts'
import type { Tensor } from '../model/tensor.ts'
import { predictionJson, tensorJson } from '../model/tensor-json.ts'

const PREDICT = '/predict'

/** Paths and the methods they answer. */
const ROUTES: Readonly<Record<string, string>> = {
  [PREDICT]: 'POST',
  '/healthz': 'GET',
  '/readyz': 'GET',
  '/metrics': 'GET',
}

/** Label of requests to paths that do not exist; the paths themselves would be an unbounded set of labels. */
const UNMATCHED = 'unmatched'

/** Long enough for a queue of the default length to empty. */
const RETRY_AFTER_SECONDS = 1

/** A client that takes longer to send its request is cut off. */
const REQUEST_TIMEOUT_MS = 30_000

/**
 * Where a server is in its life. `starting` answers for the warm-up alone, so nothing of it is counted; `draining` still answers
 * what comes, but asks every client to close its connection.
 */
export type Phase = 'starting' | 'ready' | 'draining'

/** The metrics page, in whatever format its media type names. */
export interface Exposition {
  readonly contentType: string
  readonly text: () => Promise<string>
}

/** What an inference app is made of. */
export interface InferenceAppOptions {
  readonly catalogue: ModelCatalogue
  readonly recorder: Recorder
  readonly exposition: Exposition
  /** Names of the classes 0, 1, 2 ... for the metrics; empty to use the labels as they are. */
  readonly classNames: readonly string[]
  /** Longest request body. */
  readonly maxBodyBytes: number
  /** Most rows in one request. */
  readonly maxRows: number
  /** Told of each failure of the model. */
  readonly onModelFailure: (error: ServingError) => void
  /** Told of faults that are the server's own. */
  readonly onFault: (error: unknown) => void
  /** Told of each request that the model answered or failed at, once its answer is on its way. It must not throw. */
  readonly onAnswered?: (answered: AnsweredRequest) => void
  /** Further routes; they are not counted among the requests. */
  readonly routes?: readonly ((server: FastifyInstance) => void)[]
}

/** The HTTP side of the model server. */
export interface InferenceApp {
  readonly server: FastifyInstance
  phase: Phase
}

/** Builds the routes `/predict`, `/healthz`, `/readyz` and `/metrics`; it neither listens nor warms up. */
export function buildInferenceApp(options: InferenceAppOptions): InferenceApp {
  const server = fastify({
    bodyLimit: options.maxBodyBytes,
    requestTimeout: REQUEST_TIMEOUT_MS,
    return503OnClosing: false,
    forceCloseConnections: 'idle',
    frameworkErrors: (error, _, reply) => {
      // Fastify runs no hooks for a URL that it cannot read.
      options.recorder.request(UNMATCHED, 400)
      void sendFault(reply, 400, `Cannot read the request: ${clip(error.message)}`)
    },
  })
  const app: InferenceApp = { server, phase: 'starting' }
  const predict = predictor(options)

  // Clients send JSON under any media type or none (`curl -d`); the body alone decides.
  server.removeAllContentTypeParsers()
  server.addContentTypeParser('*', { parseAs: 'buffer' }, (_, body, done) => {
    done(null, body)
  })

  server.post(PREDICT, async (request, reply) => {
    const model = options.catalogue.find()
    if (model === undefined) {
      return sendFault(reply.header('retry-after', RETRY_AFTER_SECONDS), 503, 'Cannot predict: no model is ready')
    }
    const parsed = parsePredictionRequest(request.body, model.signature, options.maxRows)
    const body = await predict(model, parsed, app.phase === 'starting' ? undefined : options.recorder)
    return send(reply, 200, body)
  })
  server.get('/healthz', (_, reply) => send(reply, 200, '{"status":"alive"}'))
  server.get('/readyz', (_, reply) => {
    return send(reply, app.phase === 'ready' ? 200 : 503, JSON.stringify({ status: app.phase }))
  })
  server.get('/metrics', async (_, reply) => {
    return reply.type(options.exposition.contentType).send(await options.exposition.text())
  })
  for (const add of options.routes ?? []) add(server)
  server.setNotFoundHandler(async (request, reply) => refuseRoute(request, reply))
  server.setErrorHandler(async (error, _, reply) => sendError(error, reply, options))
  // Fastify starts a request's clock only for servers that want to know when its response is out.
  server.addHook('onResponse', (_request, _reply, done) => {
    done()
  })
  server.addHook('onSend', (request, reply, _, done) => {
    if (app.phase === 'draining') reply.header('connection', 'close')
    if (app.phase !== 'starting') count(request, reply, options.recorder)
    done()
  })
  return app
}

/** Runs a request and writes its answer; what it predicted is told to the recorder, where one listens. */
function predictor({ classNames }: InferenceAppOptions) {
  const nameClass: NameClass = classNamer(classNames)
  return async (
    model: ServedModel,
    { job, outputs }: PredictionRequest,
    recorder: Recorder | undefined,
  ): Promise<string> => {
    const { outputs: specs } = model.signature
    const main = predictionIndex(model.signature)
    const tensors = await model.run(job)
    if (recorder !== undefined) {
      recordPrediction(specs[main]!.name, tensors[main]!, nameClass, recorder)
      recordNonFinite(specs, tensors, recorder)
    }
    const prediction = `"prediction":${predictionJson(tensors[main]!)}`
    if (outputs.length === 0) return `{${prediction}}`
    return `{${prediction},"outputs":{${outputs.map((name) => member(specs, name, tensors)).join(',')}}}`
  }

  function member(specs: readonly TensorSpec[], name: string, tensors: readonly Tensor[]): string {
    const place = specs.findIndex((spec) => spec.name === name)
    return `${JSON.stringify(name)}:${tensorJson(tensors[place]!)}`
  }
}

/** Health and metrics are not counted: probes would drown the requests that the evidence is about. */
function count(request: FastifyRequest, reply: FastifyReply, recorder: Recorder): void {
  const path = request.url.split('?', 1)[0]!
  if (path !== PREDICT && Object.hasOwn(ROUTES, path)) return
  const endpoint = path === PREDICT ? PREDICT : UNMATCHED
  recorder.request(endpoint, reply.statusCode)
  if (reply.statusCode === 200 || reply.statusCode === 500) recorder.latency(endpoint, reply.elapsedTime / 1_000)
}

function refuseRoute(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const path = request.url.split('?', 1)[0]!
  const method = Object.hasOwn(ROUTES, path) ? ROUTES[path] : undefined
  if (method !== undefined) {
    return sendFault(reply.header('allow', method), 405, `Cannot ${request.method} ${path}: expected ${method}`)
  }
  const routes = Object.entries(ROUTES).map((route) => route.reverse().join(' '))
  return sendFault(reply, 404, `Cannot ${request.method} ${clip(path)}: expected ${routes.join(', ')}`)
}

function sendError(error: unknown, reply: FastifyReply, options: InferenceAppOptions): FastifyReply {
  if (error instanceof InputError) return sendFault(reply, 400, error.message)
  if (error instanceof ServingError) {
    if (error.code === 'modelFailed') {
      options.onModelFailure(error)
      return sendFault(reply, 500, error.message)
    }
    // 503 and not 429: a server that sheds load fails its users, and only 5xx counts against it.
    return sendFault(reply.header('retry-after', RETRY_AFTER_SECONDS), 503, error.message)
  }
  if (error instanceof Error && 'statusCode' in error && isClientError(error.statusCode)) {
    return sendFault(reply, error.statusCode, `Cannot read the request: ${error.message}`)
  }
  options.onFault(error)
  return sendFault(reply, 500, 'Cannot answer: the server has an internal fault')
}

function isClientError(code: unknown): code is number {
  return typeof code === 'number' && code >= 400 && code < 500
}

function sendFault(reply: FastifyReply, code: number, text: string): FastifyReply {
  return send(reply, code, JSON.stringify({ error: text }))
}

function send(reply: FastifyReply, code: number, body: string): FastifyReply {
  return reply.code(code).type('application/json').send(body)
}
