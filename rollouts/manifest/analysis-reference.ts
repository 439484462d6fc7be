import { z } from 'zod'

/** Where an argument's value comes from (`AnalysisRunArgument` in Argo Rollouts). */
const argument = z
  .looseObject({
    name: z.string('expected the name of an argument'),
    value: z.string('expected a text').nullish(),
    valueFrom: z
      .looseObject({
        podTemplateHashValue: z.enum(['Latest', 'Stable'], 'expected Latest or Stable').nullish(),
        fieldRef: z.looseObject({ fieldPath: z.string('expected a field path') }).nullish(),
      })
      .nullish(),
  })
  .transform(({ name, value, valueFrom }): AnalysisArgument => {
    if (value !== undefined && value !== null) return { name, from: 'value', value }
    if (valueFrom?.podTemplateHashValue) return { name, from: 'podTemplateHash', arm: valueFrom.podTemplateHashValue }
    if (valueFrom?.fieldRef) return { name, from: 'field', fieldPath: valueFrom.fieldRef.fieldPath }
    return { name, from: 'nowhere' }
  })

/** An argument that a Rollout hands to an analysis. */
export type AnalysisArgument =
  | { readonly name: string; readonly from: 'value'; readonly value: string }
  | { readonly name: string; readonly from: 'podTemplateHash'; readonly arm: 'Latest' | 'Stable' }
  | { readonly name: string; readonly from: 'field'; readonly fieldPath: string }
  | { readonly name: string; readonly from: 'nowhere' }

/** Which AnalysisTemplates a Rollout runs, and with which arguments. */
export interface AnalysisReference {
  readonly templates: readonly string[]
  readonly args: readonly AnalysisArgument[]
}

/** Schema of an inline or background analysis of a Rollout. */
export const analysisSchema = z
  .looseObject({
    templates: z
      .array(z.looseObject({ templateName: z.string('expected the name of a template') }))
      .min(1, 'expected at least one template'),
    args: z.array(argument).nullish(),
  })
  .transform(({ templates, args }): AnalysisReference => ({
    templates: templates.map(({ templateName }) => templateName),
    args: args ?? [],
  }))
