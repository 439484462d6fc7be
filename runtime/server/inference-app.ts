import fastify, {
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  type RouteShorthandOptions,
} from 'fastify'
import { clip } from '#faults'
import type { ModelCatalogue } from '../catalogue/served-model.ts'
import { answering, type AnsweringOptions } from './answering.ts'
import { addOpenInferenceRoutes } from './open-inference-routes.ts'
import { addPredictionRoutes } from './prediction-routes.ts'
import type { Recorder } from './recorder.ts'
import { sendError, sendFault, sendJson } from './reply.ts'
import { keepRouteBook, type RouteBook } from './route-book.ts'

/** Label of requests that no route takes; their paths would be an unbounded set of labels. */
const UNMATCHED = 'unmatched'

/** What a server says of itself while one of its models hangs. */
const STUCK = 'stuck'

/** A client that takes longer to send its request is cut off. */
const REQUEST_TIMEOUT_MS = 30_000

/**
 * A model that hangs in a thread can be ended only with its process, so after a while the server reports itself dead, for the
 * kubelet to restart it. Not sooner: one very large request comes to its end.
 */
const STUCK_LIMIT_MS = 60_000

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
export interface InferenceAppOptions extends Omit<AnsweringOptions, 'isCounting'> {
  readonly catalogue: ModelCatalogue
  readonly exposition: Exposition
  /** Longest request body. */
  readonly maxBodyBytes: number
  /** Most rows in one request. */
  readonly maxRows: number
  /** What the server says its version is; `0` when absent. */
  readonly serverVersion?: string
  /** Further routes; they are not counted among the requests. */
  readonly routes?: readonly ((server: FastifyInstance) => void)[]
}

/** The HTTP side of the model server. */
export interface InferenceApp {
  readonly server: FastifyInstance
  phase: Phase
}

/** Builds the routes for inference, health and metrics; it neither listens nor warms up. */
export function buildInferenceApp(options: InferenceAppOptions): InferenceApp {
  const { catalogue, maxRows, recorder, serverVersion = '0' } = options
  const server = fastify({
    bodyLimit: options.maxBodyBytes,
    requestTimeout: REQUEST_TIMEOUT_MS,
    return503OnClosing: false,
    forceCloseConnections: 'idle',
    frameworkErrors: (error, _, reply) => {
      // Fastify runs no hooks for a URL that it cannot read.
      recorder.request(UNMATCHED, 400)
      void sendFault(reply, 400, `Cannot read the request: ${clip(error.message)}`)
    },
  })
  const app: InferenceApp = { server, phase: 'starting' }
  const isCounting = () => app.phase !== 'starting'
  const isReady = () => app.phase === 'ready' && catalogue.stuckMs() === 0
  const isAlive = () => catalogue.stuckMs() < STUCK_LIMIT_MS
  const counted = (endpoint: string) => countingHook(endpoint, recorder, isCounting)
  const answer = answering({ ...options, isCounting })
  const book = keepRouteBook(server)

  // Clients send JSON under any media type or none (`curl -d`); the body alone decides.
  server.removeAllContentTypeParsers()
  server.addContentTypeParser('*', { parseAs: 'buffer' }, ({ headers }, body, done) => {
    done(refuseEncoding(headers['content-encoding']), body)
  })
  // Fastify starts a request's clock only for servers that want to know when its response is out.
  server.addHook('onResponse', (_request, _reply, done) => {
    done()
  })
  server.addHook('onSend', (_request, reply, _, done) => {
    if (app.phase === 'draining') reply.header('connection', 'close')
    done()
  })
  addPredictionRoutes(server, { catalogue, maxRows, answer, counted })
  addOpenInferenceRoutes(server, { catalogue, maxRows, answer, counted, serverVersion, isReady, isAlive })
  server.get('/healthz', (_, reply) => sendStatus(reply, isAlive(), isAlive() ? 'alive' : STUCK))
  server.get('/readyz', (_, reply) => sendStatus(reply, isReady(), catalogue.stuckMs() > 0 ? STUCK : app.phase))
  server.get('/metrics', async (_, reply) => {
    return reply.type(options.exposition.contentType).send(await options.exposition.text())
  })
  for (const add of options.routes ?? []) add(server)
  server.setNotFoundHandler((request, reply) => {
    const sent = refuseRoute(request, reply, book)
    if (isCounting()) recorder.request(UNMATCHED, sent.statusCode)
    return sent
  })
  server.setErrorHandler((error, _, reply) => sendError(error, reply, options))
  return app
}

/**
 * Counts the requests of one route when their answers are sent. Health, metadata and metrics go without: probes would drown
 * the requests that the evidence is about.
 */
function countingHook(endpoint: string, recorder: Recorder, isCounting: () => boolean): RouteShorthandOptions {
  return {
    onSend: (_request, reply, _payload, done) => {
      if (isCounting()) {
        recorder.request(endpoint, reply.statusCode)
        if (reply.statusCode === 200 || reply.statusCode === 500) recorder.latency(endpoint, reply.elapsedTime / 1_000)
      }
      done()
    },
  }
}

/** Nothing is unpacked: a few kilobytes may hold gigabytes. */
function refuseEncoding(encoding: string | undefined): Error | null {
  if (encoding === undefined || encoding === 'identity') return null
  return Object.assign(new Error(`expected no content encoding, received "${encoding}"`), { statusCode: 415 })
}

function sendStatus(reply: FastifyReply, isGood: boolean, status: string): FastifyReply {
  return sendJson(reply, isGood ? 200 : 503, JSON.stringify({ status }))
}

function refuseRoute({ url, method }: FastifyRequest, reply: FastifyReply, book: RouteBook): FastifyReply {
  const path = url.split('?', 1)[0]!
  const methods = book.methodsOf(path)
  if (methods.length === 0) {
    return sendFault(reply, 404, `Cannot ${method} ${clip(path)}: expected ${book.list().join(', ')}`)
  }
  const allowed = methods.join(', ')
  return sendFault(reply.header('allow', allowed), 405, `Cannot ${method} ${clip(path)}: expected ${allowed}`)
}
