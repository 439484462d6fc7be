import {
  histogram,
  predictions,
  requests,
  shadow,
  shadowCauses,
  shadowNoise,
  shadowSlices,
  type IsErrorCode,
  type MetricProfile,
} from '../profile.ts'

/** Metrics of `modelgate runtime` and its shadow comparator. */
export function modelgateProfile(isError: IsErrorCode): MetricProfile {
  return {
    name: 'modelgate',
    families: [
      requests('inference_requests_total', ['code'], isError),
      histogram('latency', 'inference_latency_seconds'),
      predictions('model_predictions_total', 'class'),
      histogram('values', 'model_prediction_value'),
      shadow('pairs', 'shadow_pairs_total'),
      shadow('disagreements', 'shadow_disagreements_total'),
      shadow('canaryOnlyErrors', 'shadow_errors_total', { side: 'canary' }),
      shadow('stableOnlyErrors', 'shadow_errors_total', { side: 'stable' }),
      shadowCauses('shadow_causes_total'),
      shadowNoise('noisePairs', 'shadow_noise_pairs_total'),
      shadowNoise('noiseDisagreements', 'shadow_noise_disagreements_total'),
      shadowSlices('slicePairs', 'shadow_slice_pairs_total'),
      shadowSlices('sliceDisagreements', 'shadow_slice_disagreements_total'),
    ],
  }
}
