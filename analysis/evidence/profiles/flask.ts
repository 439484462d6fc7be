import { histogram, predictions, requests, type IsErrorCode, type MetricProfile } from '../profile.ts'

/**
 * Metrics of a Flask or FastAPI service as tutorials write them with the Python client library: requests by endpoint, the
 * response code under one of three usual names or not at all, latency as a histogram, predictions where they are counted.
 */
export function flaskProfile(isError: IsErrorCode): MetricProfile {
  return {
    name: 'flask',
    families: [
      requests('inference_requests_total', ['code', 'status', 'http_status'], isError),
      histogram('latency', 'inference_latency_seconds'),
      predictions('model_predictions_total', 'class'),
      histogram('values', 'model_prediction_value'),
    ],
  }
}
