import { boolField, bytesMapField, dateField, intOrStringField, numberField, parseJson } from './argument-reader.ts'
import { structField, structsField, textField, textMapField } from './argument-reader.ts'
import type { GobStruct } from './gob-value.ts'
import { viewMeasurement } from './measurement.ts'
import type { ReceivedMeasurement } from './measurement.ts'
import { viewObjectMeta } from './object-meta.ts'
import type { ObjectMeta } from './object-meta.ts'

/** v1alpha1.Metric. Limits and counts are undefined where the template has none. */
export interface Metric {
  readonly name: string
  /** A duration string such as "30s"; '' where there is none. */
  readonly interval: string
  readonly initialDelay: string
  readonly count: number | string | undefined
  /** The controller evaluates no conditions for a plugin. */
  readonly successCondition: string
  readonly failureCondition: string
  readonly failureLimit: number | string | undefined
  readonly inconclusiveLimit: number | string | undefined
  readonly consecutiveErrorLimit: number | string | undefined
  readonly consecutiveSuccessLimit: number | string | undefined
  /** `provider.plugin`: JSON by the name of the plugin. Arguments are resolved already. */
  readonly plugin: Readonly<Record<string, Uint8Array>>
  readonly raw: GobStruct
}

/** v1alpha1.AnalysisRun. Parts are read when they are asked for: a run can have megabytes. */
export interface AnalysisRun {
  readonly metadata: ObjectMeta
  readonly spec: AnalysisRunSpec
  readonly status: AnalysisRunStatus
  readonly raw: GobStruct
}

export interface AnalysisRunSpec {
  /** With secrets in clear text: never log a value, nor put it into a measurement. */
  readonly args: readonly { readonly name: string; readonly value: string }[]
  readonly terminate: boolean
  readonly metrics: readonly Metric[]
  /** Regular expressions that are not anchored. */
  readonly dryRunMetricNames: readonly string[]
}

export interface AnalysisRunStatus {
  readonly phase: string
  readonly message: string
  readonly startedAt: Date | undefined
  readonly completedAt: Date | undefined
  readonly metricResults: readonly MetricResult[]
}

export interface MetricResult {
  readonly name: string
  readonly phase: string
  readonly message: string
  /** Measurements without those that ended in Error. */
  readonly count: number
  readonly successful: number
  readonly failed: number
  readonly inconclusive: number
  readonly error: number
  readonly consecutiveError: number
  readonly consecutiveSuccess: number
  readonly dryRun: boolean
  readonly metadata: Readonly<Record<string, string>>
  readonly measurements: readonly ReceivedMeasurement[]
}

export function viewMetric(metric: GobStruct): Metric {
  return {
    name: textField(metric, 'Name'),
    interval: textField(metric, 'Interval'),
    initialDelay: textField(metric, 'InitialDelay'),
    count: intOrStringField(metric, 'Count'),
    successCondition: textField(metric, 'SuccessCondition'),
    failureCondition: textField(metric, 'FailureCondition'),
    failureLimit: intOrStringField(metric, 'FailureLimit'),
    inconclusiveLimit: intOrStringField(metric, 'InconclusiveLimit'),
    consecutiveErrorLimit: intOrStringField(metric, 'ConsecutiveErrorLimit'),
    consecutiveSuccessLimit: intOrStringField(metric, 'ConsecutiveSuccessLimit'),
    plugin: bytesMapField(structField(metric, 'Provider'), 'Plugin'),
    raw: metric,
  }
}

/**
 * The configuration below `provider.plugin."<name>"`, parsed.
 *
 * @throws Error if there is not exactly one, or it is not JSON
 */
export function pluginConfig(metric: Metric): { readonly pluginName: string; readonly config: unknown } {
  const [entry, ...others] = Object.entries(metric.plugin)
  if (entry === undefined || others.length > 0) {
    const names = Object.keys(metric.plugin).map((name) => `'${name}'`)
    throw new Error(
      `Cannot read metric '${metric.name}': provider.plugin must have one key, received ${names.join(', ') || 'none'}`,
    )
  }
  const [pluginName, bytes] = entry
  return { pluginName, config: parseJson(bytes, `provider.plugin.${pluginName}`) }
}

export function viewAnalysisRun(run: GobStruct): AnalysisRun {
  return {
    raw: run,
    get metadata() {
      return viewObjectMeta(structField(run, 'ObjectMeta'))
    },
    get spec() {
      return viewSpec(structField(run, 'Spec'))
    },
    get status() {
      return viewStatus(structField(run, 'Status'))
    },
  }
}

function viewSpec(spec: GobStruct): AnalysisRunSpec {
  return {
    terminate: boolField(spec, 'Terminate'),
    get args() {
      return structsField(spec, 'Args').map((arg) => ({ name: textField(arg, 'Name'), value: textField(arg, 'Value') }))
    },
    get metrics() {
      return structsField(spec, 'Metrics').map(viewMetric)
    },
    get dryRunMetricNames() {
      return structsField(spec, 'DryRun').map((rule) => textField(rule, 'MetricName'))
    },
  }
}

function viewStatus(status: GobStruct): AnalysisRunStatus {
  return {
    phase: textField(status, 'Phase'),
    message: textField(status, 'Message'),
    startedAt: dateField(status, 'StartedAt'),
    completedAt: dateField(status, 'CompletedAt'),
    get metricResults() {
      return structsField(status, 'MetricResults').map(viewMetricResult)
    },
  }
}

function viewMetricResult(result: GobStruct): MetricResult {
  return {
    name: textField(result, 'Name'),
    phase: textField(result, 'Phase'),
    message: textField(result, 'Message'),
    count: numberField(result, 'Count'),
    successful: numberField(result, 'Successful'),
    failed: numberField(result, 'Failed'),
    inconclusive: numberField(result, 'Inconclusive'),
    error: numberField(result, 'Error'),
    consecutiveError: numberField(result, 'ConsecutiveError'),
    consecutiveSuccess: numberField(result, 'ConsecutiveSuccess'),
    dryRun: boolField(result, 'DryRun'),
    metadata: textMapField(result, 'Metadata'),
    get measurements() {
      return structsField(result, 'Measurements').map(viewMeasurement)
    },
  }
}
