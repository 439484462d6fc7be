import { SHADOW_CAUSES } from '#decision'
import type { Labels, Meaning, Part } from './counter.ts'
import { seriesName } from './counter.ts'

/** One metric that a profile reads. */
export interface Family {
  /** Name of its series as they are scraped, for a histogram with `_bucket` at the end. */
  readonly metric: string
  readonly part: Part
  /** Labels that its series must have for their meaning to be known. */
  readonly labels: readonly string[]
  /** Only series with these label values count. */
  readonly where: Readonly<Record<string, string>>
  /** What a series with these labels counts; undefined for one that does not matter. */
  meaningOf(labels: Labels): Meaning | undefined
}

/** Which metrics of a service hold the evidence. */
export interface MetricProfile {
  readonly name: string
  readonly families: readonly Family[]
}

/** When a process started, seconds since 1970: client libraries for Go, Python, Java and Node show it by default. */
export const START_TIME_METRIC = 'process_start_time_seconds'

/** Decides whether a response code is the service's failure. */
export type IsErrorCode = (code: string) => boolean

/** Codes that count as errors unless the policy says otherwise: the service's own failures, not the client's. */
export const DEFAULT_ERROR_CODES: readonly string[] = ['5xx']

/** @param codes each one a code such as `429`, or a class of codes such as `5xx` */
export function errorCodes(codes: readonly string[]): IsErrorCode {
  const classes = new Set(codes.filter((code) => /^[1-5]xx$/.test(code)).map((code) => code.charAt(0)))
  const exact = new Set(codes)
  return (code) => exact.has(code) || (code.length === 3 && classes.has(code.charAt(0)))
}

type Where = Readonly<Record<string, string>>

/** A counter of requests with the response code in the first of `codeLabels` that is there. */
export function requests(
  metric: string,
  codeLabels: readonly string[],
  isError: IsErrorCode,
  where: Where = {},
): Family {
  return {
    metric,
    part: 'requests',
    labels: [],
    where,
    meaningOf: (labels) => {
      const code = codeLabels.map((label) => labelOf(labels, label)).find((value) => value !== undefined)
      return { kind: 'requests', error: code === undefined ? undefined : isError(code) }
    },
  }
}

/** A counter of failed requests beside the one of all requests. */
export function errors(metric: string, where: Where = {}): Family {
  return { metric, part: 'errors', labels: [], where, meaningOf: () => ({ kind: 'errors' }) }
}

/** @param perSecond how many units of `le` make a second, or 1 where it is not a time */
export function histogram(part: 'latency' | 'values', metric: string, where: Where = {}, perSecond = 1): Family {
  return {
    metric: `${metric}_bucket`,
    part,
    labels: ['le'],
    where,
    meaningOf: (labels) => {
      const le = parseBound(labels['le'])
      if (le === undefined) return undefined
      return { kind: part, group: seriesName('', { ...labels, le: undefined }), le: le / perSecond }
    },
  }
}

/** A counter of predictions with the class in a label and, for models with several, the output in another. */
export function predictions(metric: string, classLabel: string, where: Where = {}): Family {
  return {
    metric,
    part: 'predictions',
    labels: [classLabel],
    where,
    meaningOf: (labels) => {
      const className = labelOf(labels, classLabel)
      if (className === undefined) return undefined
      return { kind: 'predictions', output: labelOf(labels, 'output') ?? '', className }
    },
  }
}

/** A counter of the shadow comparator. */
export function shadow(
  kind: 'pairs' | 'disagreements' | 'canaryOnlyErrors' | 'stableOnlyErrors',
  metric: string,
  where: Where = {},
): Family {
  const part = kind === 'pairs' || kind === 'disagreements' ? 'shadow' : 'shadowErrors'
  return { metric, part, labels: [], where, meaningOf: () => ({ kind }) }
}

/** A counter of why pairs speak against the canary. Most services have none; causes of another version are passed over. */
export function shadowCauses(metric: string): Family {
  return {
    metric,
    part: 'shadowCauses',
    labels: ['cause'],
    where: {},
    meaningOf: (labels) => {
      const cause = SHADOW_CAUSES.find((known) => known === labelOf(labels, 'cause'))
      return cause && { kind: 'cause', cause }
    },
  }
}

/** A counter of how often a model contradicts itself when it is asked twice. Most services have none. */
export function shadowNoise(kind: 'noisePairs' | 'noiseDisagreements', metric: string): Family {
  return { metric, part: 'shadowNoise', labels: [], where: {}, meaningOf: () => ({ kind }) }
}

/** A counter of the shadow comparator by slice. Most services have none. */
export function shadowSlices(kind: 'slicePairs' | 'sliceDisagreements', metric: string): Family {
  return {
    metric,
    part: 'shadowSlices',
    labels: ['slice'],
    where: {},
    meaningOf: (labels) => {
      const slice = labelOf(labels, 'slice')
      return slice === undefined ? undefined : { kind, slice }
    },
  }
}

/**
 * What a series counts, after the filter of its family; undefined when the profile does not read it.
 */
export function meaningOf(profile: MetricProfile, metric: string, labels: Labels): Meaning | undefined {
  for (const family of profile.families) {
    if (family.metric !== metric) continue
    if (!Object.entries(family.where).every(([label, value]) => (labelOf(labels, label) ?? '') === value)) continue
    const meaning = family.meaningOf(labels)
    if (meaning !== undefined) return meaning
  }
  return undefined
}

/**
 * A label of the service itself. Prometheus renames it to `exported_…` where the scrape adds a label of the same name; the
 * operator's `endpoint` (a port's name) beside a service's own `endpoint` (a path) is the usual case.
 */
function labelOf(labels: Labels, label: string): string | undefined {
  const value = labels[`exported_${label}`] ?? labels[label]
  return value === '' ? undefined : value
}

function parseBound(text: string | undefined): number | undefined {
  if (text === undefined || text === '') return undefined
  if (/^\+?inf$/i.test(text)) return Infinity
  const bound = Number(text)
  return Number.isFinite(bound) ? bound : undefined
}
