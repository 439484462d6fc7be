import type { AnalysisRun, Measurement } from './resources.ts'
import type { Stage } from './stage.ts'

interface KubeEvent {
  readonly reason: string
  readonly message: string
  readonly metadata: { readonly creationTimestamp: string; readonly resourceVersion: string }
}

/** The newest measurement of a run's only metric. */
export function lastMeasurement(run: AnalysisRun): Measurement | undefined {
  return run.status?.metricResults?.[0]?.measurements?.at(-1)
}

/** Measurements that Argo counted as errors. */
export function errorsOf(run: AnalysisRun): number {
  return run.status?.metricResults?.[0]?.error ?? 0
}

/** Weights above 0 that the controller set, in order, from the events that it left for people. */
export async function weightsFromEvents(stage: Stage): Promise<number[]> {
  const path = `/api/v1/namespaces/${stage.namespace}/events`
  const { items } = await stage.world.api.client.get<{ items: KubeEvent[] }>(path)
  return items
    .filter(({ reason }) => reason === 'TrafficWeightUpdated')
    .sort((a, b) => Number(a.metadata.resourceVersion) - Number(b.metadata.resourceVersion))
    .map(({ message }) => Number(/to (\d+)/.exec(message)?.[1]))
    .filter((weight) => weight > 0)
}
