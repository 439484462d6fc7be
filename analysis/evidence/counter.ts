import type { ShadowCause } from '#decision'

/** Labels of one series. A label that is absent and one that is empty are the same to Prometheus. */
export type Labels = Readonly<Record<string, string | undefined>>

/** A part of the evidence that a policy may need. `requests` always comes along. */
export type Part =
  | 'requests'
  | 'errors'
  | 'latency'
  | 'predictions'
  | 'values'
  | 'shadow'
  | 'shadowErrors'
  | 'shadowCauses'
  | 'shadowNoise'
  | 'shadowSlices'

/** What the counter of one series counts. */
export type Meaning =
  /** Requests, those of one response code for example; `error` is undefined where the labels do not tell. */
  | { readonly kind: 'requests'; readonly error: boolean | undefined }
  /** Failed requests, where they have a counter of their own. */
  | { readonly kind: 'errors' }
  /**
   * Everything at or below `le`, as Prometheus histograms count: cumulative. Series of one histogram share `group`, the
   * labels beside `le`.
   */
  | { readonly kind: 'latency' | 'values'; readonly group: string; readonly le: number }
  | { readonly kind: 'predictions'; readonly output: string; readonly className: string }
  | { readonly kind: 'pairs' | 'disagreements' | 'canaryOnlyErrors' | 'stableOnlyErrors' }
  | { readonly kind: 'cause'; readonly cause: ShadowCause }
  /** Examples that a model answered twice; of these, otherwise the second time. */
  | { readonly kind: 'noisePairs' | 'noiseDisagreements' }
  | { readonly kind: 'slicePairs' | 'sliceDisagreements'; readonly slice: string }

/** One counter: what it is called where it came from, and what it counts. */
export interface Counter {
  /** Name and labels as in the text format, for messages: `requests_total{code="200"}`. */
  readonly name: string
  readonly meaning: Meaning
}

export type ArmName = 'canary' | 'stable'

/** Name and labels as in the text format, labels in order: the identity of a series. */
export function seriesName(metric: string, labels: Labels): string {
  const pairs = Object.keys(labels)
    .filter((label) => labels[label] !== undefined && labels[label] !== '')
    .sort()
    .map((label) => `${label}=${JSON.stringify(labels[label])}`)
  return pairs.length === 0 ? metric : `${metric}{${pairs.join(',')}}`
}
