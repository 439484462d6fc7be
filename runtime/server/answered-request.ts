import type { IncomingHttpHeaders } from 'node:http'
import type { ServedModel } from '../catalogue/served-model.ts'
import type { Job } from '../execution/executor.ts'
import type { Tensor } from '../model/tensor.ts'

/** A request and what its sender was told. */
export interface AnsweredRequest {
  readonly model: ServedModel
  readonly job: Job
  /** The answer's outputs in the signature's order, or undefined where the model failed. */
  readonly outputs: readonly Tensor[] | undefined
  readonly headers: IncomingHttpHeaders
  /** From the request's arrival to its answer. */
  readonly latencyMs: number
}
