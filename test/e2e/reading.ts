import type { AnalysisRun, Measurement } from './resources.ts'
import type { Stage } from './stage.ts'

/** The newest measurement of a run's only metric. */
export function lastMeasurement(run: AnalysisRun): Measurement | undefined {
  return run.status?.metricResults?.[0]?.measurements?.at(-1)
}

/** Measurements that Argo counted as errors. */
export function errorsOf(run: AnalysisRun): number {
  return run.status?.metricResults?.[0]?.error ?? 0
}

/** What modelgate writes into the value of a measurement. */
export interface GateValue {
  readonly verdict: string
  /** Percentage of the traffic that the canary had. */
  readonly weight: number
  readonly logE: number
  readonly needed: number
  readonly canaryRequests: number
}

/** The value of the newest measurement. */
export function valueOf(run: AnalysisRun): GateValue {
  const value = lastMeasurement(run)?.value
  if (value === undefined) throw new Error(`Cannot read the value of '${run.metadata.name}': it has no measurement`)
  return JSON.parse(value) as GateValue
}

/** Texts of the Events that the controller left for people. */
export async function eventTexts(stage: Stage): Promise<string[]> {
  const path = `/api/v1/namespaces/${stage.namespace}/events`
  const { items } = await stage.world.api.client.get<{ items: { readonly message: string }[] }>(path)
  return items.map(({ message }) => message)
}
