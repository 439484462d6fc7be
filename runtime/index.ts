export { isBatchingSafe } from './batch-proof.ts'
export { classNamer, OTHER_CLASS, type NameClass } from './class-names.ts'
export { isElementType, type Elements, type ElementType } from './element-type.ts'
export type { Executor, Job } from './executor.ts'
export {
  buildInferenceApp,
  type Exposition,
  type InferenceApp,
  type InferenceAppOptions,
  type Phase,
} from './inference-app.ts'
export { inlineExecutor, type InlineExecutorOptions } from './inline-executor.ts'
export { loadModel, type Model } from './model.ts'
export { parsePredictionRequest, type PredictionRequest } from './prediction-request.ts'
export type { Recorder } from './recorder.ts'
export { ServingError, type ServingErrorCode } from './serving-error.ts'
export { signatureDifferences } from './signature-difference.ts'
export {
  describeSignature,
  describeSpec,
  hasRows,
  type Signature,
  type TensorSpec,
  type UnsupportedOutput,
} from './signature.ts'
export type { Tensor } from './tensor.ts'
export { warmUp, type WarmUp, type WarmUpOptions } from './warm-up.ts'
