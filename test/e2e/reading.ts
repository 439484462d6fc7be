import type { AnalysisRun, Measurement } from './resources.ts'

/** The newest measurement of a run's only metric. */
export function lastMeasurement(run: AnalysisRun): Measurement | undefined {
  return run.status?.metricResults?.[0]?.measurements?.at(-1)
}

/** Measurements that Argo counted as errors. */
export function errorsOf(run: AnalysisRun): number {
  return run.status?.metricResults?.[0]?.error ?? 0
}
