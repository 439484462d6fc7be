import { z } from 'zod'

/** Name under which an AnalysisTemplate calls the metric plugin. */
export const METRIC_PLUGIN = 'modelgate/slo'

/** One metric of an AnalysisTemplate that calls the plugin. */
export interface PolicyBlock {
  /** Name of the metric. */
  readonly metric: string
  /** What stands under `provider.plugin."modelgate/slo"`, with its placeholders. */
  readonly policy: unknown
  /** Where it stands in the document. */
  readonly path: readonly PropertyKey[]
}

/** What is read of an AnalysisTemplate or a ClusterAnalysisTemplate. */
export interface AnalysisTemplate {
  readonly name: string
  /** Arguments with their default values; null where the template has none. */
  readonly args: ReadonlyMap<string, string | null>
  /** Its metrics that are modelgate's; other providers are none of our business. */
  readonly policies: readonly PolicyBlock[]
}

const metric = z.looseObject({
  name: z.string('expected a name'),
  provider: z.looseObject({ plugin: z.record(z.string(), z.unknown()).nullish() }).nullish(),
})

/** Schema of an AnalysisTemplate; metrics of other providers pass unread. */
export const analysisTemplateSchema = z
  .looseObject({
    metadata: z.looseObject({ name: z.string('expected a name').min(1, 'expected a name') }),
    spec: z.looseObject({
      args: z
        .array(
          z.looseObject({
            name: z.string('expected the name of an argument'),
            value: z.string('expected a text').nullish(),
          }),
        )
        .nullish(),
      metrics: z.array(metric).nullish(),
    }),
  })
  .transform(({ metadata, spec }): AnalysisTemplate => ({
    name: metadata.name,
    args: new Map(spec.args?.map(({ name, value }) => [name, value ?? null])),
    policies: (spec.metrics ?? []).flatMap(({ name, provider }, index) => {
      const policy = provider?.plugin?.[METRIC_PLUGIN]
      const path = ['spec', 'metrics', index, 'provider', 'plugin', METRIC_PLUGIN]
      return policy === undefined || policy === null ? [] : [{ metric: name, policy, path }]
    }),
  }))
