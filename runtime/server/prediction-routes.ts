import type { FastifyInstance, FastifyReply, FastifyRequest, RouteShorthandOptions } from 'fastify'
import type { ModelCatalogue } from '../catalogue/served-model.ts'
import type { TensorSpec } from '../model/signature.ts'
import { predictionJson, tensorJson } from '../model/tensor-json.ts'
import type { Tensor } from '../model/tensor.ts'
import { parsePredictionRequest } from '../protocol/prediction-request.ts'
import type { Answer } from './answering.ts'
import { PREDICT } from './endpoint.ts'
import { findModel } from './find-model.ts'
import { predictionIndex } from './prediction.ts'
import { sendJson } from './reply.ts'
import { bodyOf } from './request-body.ts'

/** What routes for inference need. */
export interface InferenceRoutesOptions {
  readonly catalogue: ModelCatalogue
  /** Most rows in one request. */
  readonly maxRows: number
  readonly answer: Answer
  /** Options of routes whose requests are counted under a name. */
  readonly counted: (endpoint: string) => RouteShorthandOptions
}

/** Adds `POST /predict` for the newest version of the default model, and `POST /v1/predict` and so on for one version. */
export function addPredictionRoutes(server: FastifyInstance, options: InferenceRoutesOptions): void {
  server.post(PREDICT, options.counted(PREDICT), (request, reply) => predict(request, reply, undefined))
  server.post<{ Params: { version: string } }>(`/v:version${PREDICT}`, options.counted(PREDICT), (request, reply) =>
    predict(request, reply, request.params.version),
  )

  function predict(request: FastifyRequest, reply: FastifyReply, version: string | undefined): Promise<FastifyReply> {
    const model = findModel(options.catalogue, undefined, version)
    const { job, outputs } = parsePredictionRequest(bodyOf(request), model.signature, options.maxRows)
    return options.answer(request, reply, model, job, (tensors) => {
      const { signature } = model
      const prediction = `"prediction":${predictionJson(tensors[predictionIndex(signature)]!)}`
      if (outputs.length === 0) return sendJson(reply, 200, `{${prediction}}`)
      const members = outputs.map((name) => member(signature.outputs, name, tensors))
      return sendJson(reply, 200, `{${prediction},"outputs":{${members.join(',')}}}`)
    })
  }
}

function member(specs: readonly TensorSpec[], name: string, tensors: readonly Tensor[]): string {
  const index = specs.findIndex((spec) => spec.name === name)
  return `${JSON.stringify(name)}:${tensorJson(tensors[index]!)}`
}
