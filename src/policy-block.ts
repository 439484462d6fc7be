import { type Fault, InputError, schemaFaults } from '#faults'
import { analysisTemplateSchema, METRIC_PLUGIN, type AnalysisTemplate } from '#manifest'
import { z } from 'zod'

const TEMPLATE_KINDS: readonly string[] = ['AnalysisTemplate', 'ClusterAnalysisTemplate']

/** A policy as it is written, and what fills in its placeholders. */
export interface PolicyBlock {
  readonly value: unknown
  /** Arguments of the template around it with their default values; null where there is none. */
  readonly args: ReadonlyMap<string, string | null>
  /** Where it stands, for people: `metric iris-gate/modelgate`; empty where it is the whole file. */
  readonly at: string
}

const objectSchema = z.looseObject({ apiVersion: z.string(), kind: z.string() })

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
): AnalysisTemplate[] {
  const faults: Fault[] = []
  const read = templates.flatMap(({ object, at }) => {
    const { success, data, error } = analysisTemplateSchema.safeParse(object)
    if (success) return [data]
    faults.push(...schemaFaults(error, object, at))
    return []
  })
  if (faults.length > 0) throw new InputError(subject, faults)
  return read
}

function onlyBlock(templates: readonly AnalysisTemplate[], subject: string): PolicyBlock {
  const blocks = templates.flatMap(({ name, args, policies }) =>
    policies.map(({ metric, policy }) => ({ at: `metric ${name}/${metric}`, value: policy, args })),
  )
  const [only, second] = blocks
  if (only !== undefined && second === undefined) return only
  const received =
    only === undefined
      ? `none in ${templates.map(({ name }) => name).join(', ')}`
      : `${blocks.length}: ${blocks.map(({ at }) => at).join(', ')} (leave one of them in the file)`
  throw refusal(subject, `expected one metric with provider.plugin."${METRIC_PLUGIN}", received ${received}`)
}

function refusal(subject: string, text: string): InputError {
  return new InputError(subject, [{ path: '', text }])
}
