import { z } from 'zod'
import { analysisSchema, type AnalysisReference } from './analysis-reference.ts'
import { canaryStepSchema, type CanaryStep } from './canary-step.ts'

const MAX_STEPS = 200
const NO_STEPS = 'expected a list of at least one step, because without steps there is nothing to decide'

/** What is read of a Rollout with a canary strategy. */
export interface Rollout {
  readonly name: string
  readonly namespace: string
  readonly steps: readonly CanaryStep[]
  /** What the weights of the steps add up to. */
  readonly maxTrafficWeight: number
  /** The background analysis, if there is one. */
  readonly background: AnalysisReference | null
}

const metadata = z.looseObject({
  name: z.string('expected a name').min(1, 'expected a name'),
  namespace: z.string('expected a namespace').nullish(),
})

/** Reads just far enough to know what weights add up to; everything else is for the schema that needs to know it. */
const maxTrafficWeightSchema = z
  .object({
    spec: z.object({
      strategy: z.object({
        canary: z.object({ trafficRouting: z.object({ maxTrafficWeight: z.int().min(1) }) }),
      }),
    }),
  })
  .transform(({ spec }) => spec.strategy.canary.trafficRouting.maxTrafficWeight)
  .catch(100)

/** Schema of a Rollout; fields that say nothing about its steps pass unread. */
export function rolloutSchema(document: unknown) {
  const maxTrafficWeight = maxTrafficWeightSchema.parse(document)
  return z
    .looseObject({ metadata, spec: z.looseObject({ strategy: strategySchema(maxTrafficWeight) }) })
    .transform(({ metadata: { name, namespace }, spec: { strategy } }): Rollout => {
      const { steps, analysis } = strategy
      return { name, namespace: namespace ?? 'default', steps, maxTrafficWeight, background: analysis ?? null }
    })
}

function strategySchema(maxTrafficWeight: number) {
  const canary = z.looseObject({
    steps: z
      .array(canaryStepSchema(maxTrafficWeight), NO_STEPS)
      .min(1, NO_STEPS)
      .max(MAX_STEPS, `expected at most ${MAX_STEPS} steps`),
    analysis: analysisSchema.nullish(),
  })
  return z
    .looseObject({ canary: canary.nullish(), blueGreen: z.unknown().optional() }, 'expected a strategy')
    .transform((strategy, context) => {
      if (strategy.canary) return strategy.canary
      const isBlueGreen = strategy.blueGreen !== undefined && strategy.blueGreen !== null
      context.addIssue({
        code: 'custom',
        path: [isBlueGreen ? 'blueGreen' : 'canary'],
        message: isBlueGreen
          ? 'expected a canary strategy, because blue-green moves all traffic at once and has no steps to judge'
          : 'expected a canary strategy with steps',
      })
      return z.NEVER
    })
}
