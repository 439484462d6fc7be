export type { Part } from './counter.ts'
export { readEvidence, writeEvidence } from './evidence-file.ts'
export { evidencePolicyShape, partsNeeded, policySchema, type Policy, type PrometheusSettings } from './policy.ts'
export { errorCodes, type MetricProfile } from './profile.ts'
export {
  customMetricsSchema,
  findProfile,
  PROFILE_NAMES,
  type CustomMetrics,
  type ProfileName,
} from './profiles/index.ts'
export { prometheusClient, type PrometheusClient } from './prometheus-client.ts'
export { connectPrometheus, type PrometheusConnection, type ReadTextFile } from './prometheus-connection.ts'
export { PrometheusFault } from './prometheus-fault.ts'
export { prometheusSource, type PrometheusSourceOptions } from './prometheus-source.ts'
export { scrapeSource, type ScrapeSourceOptions } from './scrape-source.ts'
export type { Collected, EvidenceNote, EvidenceSource, ScrapeTarget, WeightAt } from './source.ts'
export type { LabelNames } from './target-labels.ts'
