export { isBatchingSafe } from './model/batch-proof.ts'
export { classNamer, OTHER_CLASS, type NameClass } from './server/class-names.ts'
export { compareAnswers } from './comparison/compare-answers.ts'
export { highestScore } from './comparison/highest-score.ts'
export { outputRoles, type OutputRole } from './comparison/output-role.ts'
export {
  DEFAULT_TOLERANCE,
  difference,
  isSame,
  type NumericElement,
  type Tolerance,
  type Tolerances,
} from './comparison/tolerance.ts'
export { ulpDistance } from './comparison/ulp-distance.ts'
export type { DifferenceKind, LabelFlip, RowComparison } from './comparison/row-comparison.ts'
export { isElementType, type Elements, type ElementType } from './model/element-type.ts'
export type { Executor, Job } from './execution/executor.ts'
export {
  buildInferenceApp,
  type Exposition,
  type InferenceApp,
  type InferenceAppOptions,
  type Phase,
} from './server/inference-app.ts'
export { batchingExecutor, type BatchingExecutorOptions } from './execution/batching-executor.ts'
export { UNRECORDED, type ExecutionRecorder, type RestartReason } from './execution/execution-recorder.ts'
export {
  openExecutor,
  type ExecutionOptions,
  type ExecutorKind,
  type OpenedExecutor,
} from './execution/open-executor.ts'
export { processorWaitMs } from './execution/lower-priority.ts'
export type { LoadRequest } from './execution/model-messages.ts'
export { processModel } from './execution/process-model.ts'
export { executionProviders } from './model/execution-provider.ts'
export {
  openCatalogue,
  type CatalogueObserver,
  type CatalogueOptions,
  type OpenCatalogue,
  type ReadyModel,
} from './catalogue/open-catalogue.ts'
export { settlesWithin } from './catalogue/settles-within.ts'
export { listModelFiles, type ModelSource } from './catalogue/model-source.ts'
export { loadModel, type Model } from './model/model.ts'
export { INFERENCE_ENDPOINTS } from './server/endpoint.ts'
export { parsePredictionRequest, type PredictionRequest } from './protocol/prediction-request.ts'
export type { Recorder } from './server/recorder.ts'
export { ServingError, type ServingErrorCode } from './execution/serving-error.ts'
export type { ModelCatalogue, ModelEntry, ServedModel } from './catalogue/served-model.ts'
export type { AnsweredRequest } from './server/answered-request.ts'
export { singleModel } from './catalogue/single-model.ts'
export { signatureDifferences } from './model/signature-difference.ts'
export {
  describeSignature,
  describeSpec,
  hasRows,
  type Signature,
  type TensorSpec,
  type UnsupportedOutput,
} from './model/signature.ts'
export { joinRows, takeRows, type Tensor } from './model/tensor.ts'
export { warmUp, type WarmUp, type WarmUpOptions } from './server/warm-up.ts'
export { backgroundModel, type BackgroundModel } from './shadow/background-model.ts'
export type { Candidate } from './shadow/compare-batch.ts'
export { openComparator, type Comparator, type ComparatorReport } from './shadow/comparator.ts'
export { openCourier } from './shadow/deliver-message.ts'
export { EXAMPLES_PATH, shadowExamples, shadowIntake } from './shadow/shadow-intake.ts'
export { openShadowMirror, type ShadowMirror } from './shadow/shadow-mirror.ts'
export { openNoiseProbe, type NoiseProbe, type NoiseRecorder } from './shadow/noise-probe.ts'
export { shadowCandidates, type ShadowCandidates } from './shadow/shadow-candidates.ts'
export { shadowSampler } from './shadow/sampler.ts'
export type { ComparatorRecorder, IntakeDrop } from './shadow/shadow-recorder.ts'
export {
  openShadowSender,
  SENDER_LIMITS,
  type SendDrop,
  type SenderRecorder,
  type ShadowSender,
} from './shadow/shadow-sender.ts'
export {
  SHADOW_CAUSES,
  type ErrorSide,
  type ExampleKind,
  type ShadowCause,
  type ShadowExample,
} from './shadow/shadow-tally.ts'
export type { SliceSource } from './shadow/slices.ts'
