import type { FastifyReply, FastifyRequest } from 'fastify'
import type { ServedModel } from '../catalogue/served-model.ts'
import type { Job } from '../execution/executor.ts'
import { ServingError } from '../execution/serving-error.ts'
import type { Tensor } from '../model/tensor.ts'
import type { AnsweredRequest } from './answered-request.ts'
import { classNamer } from './class-names.ts'
import { predictionIndex, recordNonFinite, recordPrediction } from './prediction.ts'
import type { Recorder } from './recorder.ts'
import { sendError, type ErrorListener } from './reply.ts'

/** Who hears of what models answer. */
export interface AnsweringOptions extends ErrorListener {
  readonly recorder: Recorder
  /** Names of the classes 0, 1, 2 ... for the metrics; empty to use the labels as they are. */
  readonly classNames: readonly string[]
  /** Told of each request that the model answered or failed at, once its answer is on its way. It must not throw. */
  readonly onAnswered?: ((answered: AnsweredRequest) => void) | undefined
  /** Whether requests count; those of the warm-up do not. */
  readonly isCounting: () => boolean
}

/** Runs a request's job and sends what `write` makes of the outputs, or why there are none. */
export type Answer = (
  request: FastifyRequest,
  reply: FastifyReply,
  model: ServedModel,
  job: Job,
  write: (outputs: readonly Tensor[]) => FastifyReply,
) => Promise<FastifyReply>

/** Makes the function through which every route answers, so that all of them are counted, recorded and listened to alike. */
export function answering(options: AnsweringOptions): Answer {
  const { recorder, onAnswered, isCounting } = options
  const nameClass = classNamer(options.classNames)
  return async (request, reply, model, job, write) => {
    let outputs: readonly Tensor[] | undefined
    try {
      outputs = await model.run(job)
    } catch (error) {
      sendError(error, reply, options)
      if (!(error instanceof ServingError && error.code === 'modelFailed')) return reply
    }
    if (outputs !== undefined) {
      if (isCounting()) record(model, outputs)
      write(outputs)
    }
    if (onAnswered !== undefined && isCounting()) {
      onAnswered({ model, job, outputs, headers: request.headers, latencyMs: reply.elapsedTime })
    }
    return reply
  }

  function record({ signature }: ServedModel, outputs: readonly Tensor[]): void {
    const main = predictionIndex(signature)
    recordPrediction(signature.outputs[main]!.name, outputs[main]!, nameClass, recorder)
    recordNonFinite(signature.outputs, outputs, recorder)
  }
}
