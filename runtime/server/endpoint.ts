/** Where the simple contract is answered, and the name under which its requests are counted, versions and all. */
export const PREDICT = '/predict'

/** Where the Open Inference Protocol answers about a model: its newest version, or the one that is named. */
export const MODEL_PATHS = ['/v2/models/:model', '/v2/models/:model/versions/:version'] as const

/** Names under which requests for inference are counted. */
export const INFERENCE_ENDPOINTS: readonly string[] = [PREDICT, ...MODEL_PATHS.map(inferPath)]

/** Where a model infers, given where it is answered about. */
export function inferPath(modelPath: string): string {
  return `${modelPath}/infer`
}
