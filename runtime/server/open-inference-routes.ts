import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { InputError, parseInput, showValue } from '#faults'
import { parseInferenceRequest } from '../protocol/inference-request.ts'
import { writeInferenceResponse } from '../protocol/inference-response.ts'
import { modelMetadata, repositoryEntry } from '../protocol/model-metadata.ts'
import { parseJsonObject } from '../protocol/parse-json.ts'
import { parseRawRequest } from '../protocol/raw-request.ts'
import { REQUEST } from '../protocol/request-faults.ts'
import { inferPath, MODEL_PATHS } from './endpoint.ts'
import { findModel, LookupError } from './find-model.ts'
import type { InferenceRoutesOptions } from './prediction-routes.ts'
import { sendJson } from './reply.ts'
import { bodyOf } from './request-body.ts'

/** Length of the JSON in a body that goes on with binary elements; 0 where there is no JSON. */
const JSON_LENGTH_HEADER = 'inference-header-content-length'

const SERVER_NAME = 'modelgate'
const EXTENSIONS = ['binary_tensor_data']

const IndexRequest = z.strictObject({ ready: z.boolean().optional() })

interface ModelPath {
  Params: { readonly model: string; readonly version?: string }
}

/** What the routes of the Open Inference Protocol need. */
export interface OpenInferenceOptions extends InferenceRoutesOptions {
  /** Version of the server. */
  readonly serverVersion: string
  readonly isReady: () => boolean
  readonly isAlive: () => boolean
}

/**
 * Adds the routes of the Open Inference Protocol, version 2, with the binary tensor data extension, and the index of the model
 * repository extension (https://github.com/kserve/open-inference-protocol, Triton's protocol documents).
 */
export function addOpenInferenceRoutes(server: FastifyInstance, options: OpenInferenceOptions): void {
  const { catalogue, serverVersion, isReady, isAlive } = options
  server.get('/v2', (_, reply) => {
    return sendObject(reply, 200, { name: SERVER_NAME, version: serverVersion, extensions: EXTENSIONS })
  })
  server.get('/v2/health/live', (_, reply) => sendObject(reply, isAlive() ? 200 : 503, { live: isAlive() }))
  server.get('/v2/health/ready', (_, reply) => sendObject(reply, isReady() ? 200 : 503, { ready: isReady() }))
  server.get('/v2/models', (_, reply) => {
    return sendObject(reply, 200, { models: [...new Set(catalogue.list().map(({ name }) => name))] })
  })
  server.post('/v2/repository/index', (request, reply) => {
    const { ready = false } = parseIndexRequest(bodyOf(request))
    const entries = catalogue.list().filter(({ state }) => !ready || state === 'ready')
    return sendObject(reply, 200, entries.map(repositoryEntry))
  })
  for (const path of MODEL_PATHS) addModelRoutes(server, path, options)
}

function addModelRoutes(server: FastifyInstance, path: string, options: OpenInferenceOptions): void {
  const { catalogue } = options
  server.get<ModelPath>(path, ({ params }, reply) => {
    return sendObject(reply, 200, modelMetadata(findModel(catalogue, params.model, params.version), catalogue.list()))
  })
  server.get<ModelPath>(`${path}/ready`, ({ params }, reply) => {
    const ready = options.isReady() && isModelReady(params)
    return sendObject(reply, ready ? 200 : 503, { name: params.model, ready })
  })
  server.post<ModelPath>(inferPath(path), options.counted(inferPath(path)), (request, reply) => infer(request, reply))

  function isModelReady({ model, version }: ModelPath['Params']): boolean {
    try {
      findModel(catalogue, model, version)
      return true
    } catch (error) {
      if (error instanceof LookupError && error.code === 'notReady') return false
      throw error
    }
  }

  function infer(request: FastifyRequest<ModelPath>, reply: FastifyReply): Promise<FastifyReply> {
    const model = findModel(catalogue, request.params.model, request.params.version)
    const body = bodyOf(request)
    const jsonBytes = readJsonLength(request.headers[JSON_LENGTH_HEADER], body.length)
    const inference =
      jsonBytes === 0
        ? parseRawRequest(body, model.signature, options.maxRows)
        : parseInferenceRequest(body, jsonBytes, model.signature, options.maxRows)
    return options.answer(request, reply, model, inference.job, (outputs) => {
      const response = writeInferenceResponse(model, inference, outputs)
      if (response.jsonBytes === undefined) return sendJson(reply, 200, response.body)
      return reply.header(JSON_LENGTH_HEADER, response.jsonBytes).type('application/octet-stream').send(response.body)
    })
  }
}

/** @throws {InputError} where the header is no length, or longer than the body */
function readJsonLength(header: string | string[] | undefined, maxBytes: number): number | undefined {
  if (header === undefined) return undefined
  const length = typeof header === 'string' && /^\d{1,10}$/.test(header) ? Number(header) : Number.NaN
  if (length <= maxBytes) return length
  const text = `expected a length from 0 to the body's ${maxBytes} bytes, received ${showValue(header)}`
  throw new InputError(REQUEST, [{ path: 'header Inference-Header-Content-Length', text }])
}

function parseIndexRequest(body: Buffer): z.infer<typeof IndexRequest> {
  if (body.length === 0) return {}
  return parseInput(IndexRequest, parseJsonObject(body, '{"ready": true}'), REQUEST)
}

function sendObject(reply: FastifyReply, code: number, value: unknown): FastifyReply {
  return sendJson(reply, code, JSON.stringify(value))
}
