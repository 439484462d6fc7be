import { seriesName, type ArmName, type Labels } from '../../../analysis/evidence/counter.ts'
import { errorCodes, meaningOf } from '../../../analysis/evidence/profile.ts'
import { modelgateProfile } from '../../../analysis/evidence/profiles/modelgate.ts'
import { Target, type Snapshot } from '../../../analysis/evidence/target.ts'

export const profile = modelgateProfile(errorCodes(['5xx']))

export const LABELS = { hash: 'rollouts_pod_template_hash', pod: 'pod', namespace: 'namespace' } as const

/** A series as tests write it: metric, labels, value. */
export type Reading = readonly [metric: string, labels: Labels, value: number]

export function makeTarget(pod: string, arm: ArmName = 'stable'): Target {
  return new Target(`${arm} ${pod}`, pod, arm)
}

/** A scrape of a target that read these series. */
export function scrapeOf(target: Target, atMs: number, readings: readonly Reading[], startedAtMs?: number): Snapshot {
  const values: number[] = []
  for (const [metric, labels, value] of readings) {
    const meaning = meaningOf(profile, metric, labels)
    if (meaning === undefined) throw new Error(`Cannot build a scrape: profile ${profile.name} does not read ${metric}`)
    const slot = target.slotOf({ name: seriesName(metric, labels), meaning })
    while (values.length < slot) values.push(Number.NaN)
    values[slot] = value
  }
  return { target, atMs, startedAtMs, values }
}

export const requests = (value: number, code = '200'): Reading => ['inference_requests_total', { code }, value]

export const bucket = (le: string, value: number): Reading => ['inference_latency_seconds_bucket', { le }, value]

export const predicted = (className: string, value: number, output = 'label'): Reading => [
  'model_predictions_total',
  { output, class: className },
  value,
]
