import { dateField, textField, textMapField } from './argument-reader.ts'
import { goTimeOfDate } from './go-time.ts'
import { mapOf, Schema, structOf } from './gob-schema.ts'
import type { EncodableStruct } from './gob-schema.ts'
import type { GobStruct } from './gob-value.ts'

export const ANALYSIS_PHASES = ['Pending', 'Running', 'Successful', 'Failed', 'Error', 'Inconclusive'] as const

/** `Failed` is measured and bad, `Error` is could not measure. */
export type AnalysisPhase = (typeof ANALYSIS_PHASES)[number]

/** One taking of a metric, as a plugin answers it. */
export interface Measurement {
  /** A `Running` one needs `resumeAt`, or the controller comes back when it happens to. */
  readonly phase: AnalysisPhase
  readonly message?: string | undefined
  readonly value?: string | undefined
  /** Kept in the AnalysisRun and handed back: what a restarted process has to know. Never a secret. */
  readonly metadata?: Readonly<Record<string, string>> | undefined
  /** When it began; if left out, when the call came. */
  readonly startedAt?: Date | undefined
  readonly finishedAt?: Date | undefined
  readonly resumeAt?: Date | undefined
}

/** A measurement as the controller hands it back, with nothing left out but times that are not set. */
export interface ReceivedMeasurement extends Measurement {
  readonly message: string
  readonly value: string
  readonly metadata: Readonly<Record<string, string>>
}

/** The Go type v1alpha1.Measurement. */
export const MEASUREMENT = structOf('Measurement', {
  Phase: Schema.string,
  Message: Schema.string,
  StartedAt: Schema.time,
  FinishedAt: Schema.time,
  Value: Schema.string,
  Metadata: mapOf(Schema.string, Schema.string),
  ResumeAt: Schema.time,
})

/** A phase that is empty or unknown counts as Running: the controller takes it so. */
export function viewMeasurement(measurement: GobStruct): ReceivedMeasurement {
  const phase = textField(measurement, 'Phase')
  return {
    phase: ANALYSIS_PHASES.find((known) => known === phase) ?? 'Running',
    message: textField(measurement, 'Message'),
    value: textField(measurement, 'Value'),
    metadata: textMapField(measurement, 'Metadata'),
    startedAt: dateField(measurement, 'StartedAt'),
    finishedAt: dateField(measurement, 'FinishedAt'),
    resumeAt: dateField(measurement, 'ResumeAt'),
  }
}

/**
 * The reply for a measurement. A phase is always in it: the controller would take a measurement without one for one
 * that runs, and never come back to it.
 *
 * @throws TypeError or RangeError if a plugin, perhaps written without types, returned something else
 */
export function encodeMeasurement(measurement: Measurement, startedAt: Date): EncodableStruct {
  const { phase, metadata } = checkObject(measurement)
  if (!ANALYSIS_PHASES.includes(phase)) {
    throw new TypeError(
      `Cannot answer with measurement: phase must be one of ${ANALYSIS_PHASES.join(', ')}, received ${JSON.stringify(phase)}`,
    )
  }
  return {
    Phase: phase,
    Message: checkText(measurement.message, 'message'),
    StartedAt: goTimeOfDate(measurement.startedAt ?? startedAt),
    FinishedAt: measurement.finishedAt && goTimeOfDate(measurement.finishedAt),
    Value: checkText(measurement.value, 'value'),
    Metadata: metadata && encodeTextMap(metadata, 'metadata'),
    ResumeAt: measurement.resumeAt && goTimeOfDate(measurement.resumeAt),
  }
}

export function encodeTextMap(record: Readonly<Record<string, string>>, name: string): ReadonlyMap<string, string> {
  return new Map(Object.entries(record).map(([key, value]) => [key, checkText(value, `${name}.${key}`) ?? '']))
}

function checkObject(measurement: unknown): Measurement {
  if (typeof measurement === 'object' && measurement !== null) return measurement as Measurement
  throw new TypeError(`Cannot answer with measurement: expected an object, received ${String(measurement)}`)
}

function checkText(value: unknown, name: string): string | undefined {
  if (value === undefined || typeof value === 'string') return value
  throw new TypeError(`Cannot answer with measurement: '${name}' must be a string, received ${typeof value}`)
}
