import { z } from 'zod'
import {
  errors,
  histogram,
  predictions,
  requests,
  shadow,
  type Family,
  type IsErrorCode,
  type MetricProfile,
} from '../profile.ts'

const metricName = z
  .string('expected the name of a metric')
  .max(256, 'expected at most 256 characters')
  .regex(/^[a-zA-Z_:][a-zA-Z0-9_:]*$/, 'expected the name of a metric')
const labelName = z
  .string('expected the name of a label')
  .max(128, 'expected at most 128 characters')
  .regex(/^[a-zA-Z_][a-zA-Z0-9_]*$/, 'expected the name of a label')
const where = z.record(labelName, z.string('expected a label value').max(256)).default({})

const counter = z.strictObject({ metric: metricName, where })

/** A histogram is named without `_bucket`, as its help text names it. */
const buckets = z.strictObject({ metric: metricName.transform((name) => name.replace(/_bucket$/, '')), where })

/** Schema of the names of a service's metrics, where no profile knows them. */
export const customMetricsSchema = z.strictObject({
  requests: counter.extend({ code: labelName.optional() }),
  errors: counter.optional(),
  latency: buckets
    .extend({ unit: z.enum(['seconds', 'milliseconds'], 'expected seconds or milliseconds').default('seconds') })
    .optional(),
  predictions: counter.extend({ class: labelName.default('class') }).optional(),
  values: buckets.optional(),
  shadow: z
    .strictObject({
      pairs: counter,
      disagreements: counter,
      canaryOnlyErrors: counter.optional(),
      stableOnlyErrors: counter.optional(),
    })
    .optional(),
})

/** Names of a service's metrics, and the label values that select the series which count. */
export type CustomMetrics = z.infer<typeof customMetricsSchema>

/**
 * A profile from names. Where `requests.code` and `errors` are both there, `errors` counts: who gives a counter of errors
 * has a reason to.
 */
export function customProfile(metrics: CustomMetrics, isError: IsErrorCode): MetricProfile {
  const { requests: all, errors: failed, latency, predictions: classes, values, shadow: compared } = metrics
  const codeLabels = all.code === undefined || failed !== undefined ? [] : [all.code]
  const families: (Family | undefined)[] = [
    requests(all.metric, codeLabels, isError, all.where),
    failed && errors(failed.metric, failed.where),
    latency && histogram('latency', latency.metric, latency.where, latency.unit === 'seconds' ? 1 : 1_000),
    classes && predictions(classes.metric, classes.class, classes.where),
    values && histogram('values', values.metric, values.where),
    compared && shadow('pairs', compared.pairs.metric, compared.pairs.where),
    compared && shadow('disagreements', compared.disagreements.metric, compared.disagreements.where),
    ...(['canaryOnlyErrors', 'stableOnlyErrors'] as const).map((side) => {
      const names = compared?.[side]
      return names && shadow(side, names.metric, names.where)
    }),
  ]
  return { name: 'custom', families: families.filter((family) => family !== undefined) }
}
