import { InputError, schemaFaults, type Fault } from '#decision'
import { z } from 'zod'

/** Name under which an AnalysisTemplate calls the metric plugin. */
const METRIC_PLUGIN = 'modelgate/slo'

const TEMPLATE_KINDS: readonly string[] = ['AnalysisTemplate', 'ClusterAnalysisTemplate']

/** A policy as it is written, and what fills in its placeholders. */
export interface PolicyBlock {
  readonly value: unknown
  /** Arguments of the template around it that have a default value. */
  readonly args: ReadonlyMap<string, string>
  /** Where it stands, for people: `metric iris-gate/modelgate`; empty where it is the whole file. */
  readonly at: string
}

const objectSchema = z.looseObject({ apiVersion: z.string(), kind: z.string() })

const templateSchema = z.looseObject({
  metadata: z.looseObject({ name: z.string('expected a name') }),
  spec: z.looseObject({
    args: z
      .array(z.looseObject({ name: z.string('expected a name'), value: z.string('expected a text').nullish() }))
      .nullish(),
    metrics: z
      .array(
        z.looseObject({
          name: z.string('expected a name'),
          provider: z.looseObject({ plugin: z.record(z.string(), z.unknown()).nullish() }).nullish(),
        }),
      )
      .nullish(),
  }),
})

type Template = z.infer<typeof templateSchema>

/**
 * Finds the policy of a file: the whole file, or what stands under `provider.plugin."modelgate/slo"` in the only metric of its
 * AnalysisTemplates that has it. Other metrics and other objects pass unread.
 *
 * @param documents of a YAML file, as plain data
 * @param subject what is read, as a noun phrase; it starts the error message
 * @throws {InputError} with every fault; also where there is no such metric, or several to choose from
 */
export function findPolicyBlock(documents: readonly unknown[], subject: string): PolicyBlock {
  const objects = documents.map((document) => objectSchema.safeParse(document).data)
  if (objects.every((object) => object === undefined)) {
    if (documents.length < 2) return { value: documents[0], args: new Map(), at: '' }
    throw refusal(subject, `expected one policy, received ${documents.length} documents`)
  }
  const templates = objects.flatMap((object, index) =>
    object !== undefined && isTemplate(object)
      ? [{ object, at: objects.length === 1 ? '' : `document ${index + 1}` }]
      : [],
  )
  if (templates.length === 0) {
    const kinds = new Set(objects.map((object) => object?.kind ?? 'something without a kind'))
    const received = [...kinds].slice(0, 10).join(', ')
    throw refusal(subject, `expected a policy or an AnalysisTemplate of argoproj.io, received ${received}`)
  }
  return onlyBlock(readTemplates(templates, subject), subject)
}

function isTemplate({ apiVersion, kind }: z.infer<typeof objectSchema>): boolean {
  return apiVersion.startsWith('argoproj.io/') && TEMPLATE_KINDS.includes(kind)
}

function readTemplates(
  templates: readonly { readonly object: unknown; readonly at: string }[],
  subject: string,
): Template[] {
  const faults: Fault[] = []
  const read = templates.flatMap(({ object, at }) => {
    const { success, data, error } = templateSchema.safeParse(object)
    if (success) return [data]
    faults.push(...schemaFaults(error, object, at))
    return []
  })
  if (faults.length > 0) throw new InputError(subject, faults)
  return read
}

function onlyBlock(templates: readonly Template[], subject: string): PolicyBlock {
  const metrics = templates.flatMap(({ metadata, spec }) =>
    (spec.metrics ?? []).map(({ name, provider }) => ({
      name: `${metadata.name}/${name}`,
      value: provider?.plugin?.[METRIC_PLUGIN] ?? undefined,
      args: new Map((spec.args ?? []).flatMap((arg) => (typeof arg.value === 'string' ? [[arg.name, arg.value]] : []))),
    })),
  )
  const blocks = metrics.filter(({ value }) => value !== undefined)
  const [only, second] = blocks
  if (only !== undefined && second === undefined)
    return { value: only.value, args: only.args, at: `metric ${only.name}` }
  const received =
    only === undefined
      ? `none among ${listNames(metrics)}`
      : `${blocks.length}: ${listNames(blocks)} (leave one of them in the file)`
  throw refusal(subject, `expected one metric with provider.plugin."${METRIC_PLUGIN}", received ${received}`)
}

function listNames(metrics: readonly { readonly name: string }[]): string {
  return metrics.length === 0 ? 'no metrics' : metrics.map(({ name }) => name).join(', ')
}

function refusal(subject: string, text: string): InputError {
  return new InputError(subject, [{ path: '', text }])
}
