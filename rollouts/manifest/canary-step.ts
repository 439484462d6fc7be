import { z } from 'zod'
import { analysisSchema, type AnalysisReference } from './analysis-reference.ts'
import { parseArgoDuration } from './argo-duration.ts'

/** Name under which a Rollout calls the gate as a step of its own (Argo Rollouts 1.8 and newer). */
export const GATE_STEP_PLUGIN = 'modelgate/gate'

/** The fields of a canary step in Argo Rollouts 1.9; a step has exactly one. */
const STEP_FIELDS = [
  'setWeight',
  'pause',
  'analysis',
  'plugin',
  'setCanaryScale',
  'setHeaderRoute',
  'setMirrorRoute',
  'experiment',
] as const

/** One entry of `spec.strategy.canary.steps`. */
export type CanaryStep =
  /** `weight` is in the router's units: out of `maxTrafficWeight` */
  | { readonly kind: 'setWeight'; readonly weight: number }
  /** Goes on by itself after `durationMs`; null waits until somebody promotes. */
  | { readonly kind: 'pause'; readonly durationMs: number | null }
  | { readonly kind: 'analysis'; readonly analysis: AnalysisReference }
  /** A plugin step that is modelgate itself. */
  | { readonly kind: 'gate' }
  /** Known to Argo, without a meaning for the weight or the wait: `field` as it is written in the manifest. */
  | { readonly kind: 'other'; readonly field: string }

const pause = z.looseObject({
  duration: z
    .union([z.number(), z.string()])
    .nullish()
    .transform((duration, context) => {
      if (duration === null || duration === undefined) return null
      const durationMs = parseArgoDuration(duration)
      if (durationMs !== undefined) return durationMs
      context.addIssue({ code: 'custom', message: 'expected seconds or a duration such as "30s", "5m" or "1h"' })
      return z.NEVER
    }),
})

/**
 * Schema of one canary step.
 *
 * @param maxTrafficWeight what the weights of this Rollout add up to
 */
export function canaryStepSchema(maxTrafficWeight: number) {
  return z.looseObject(fields(maxTrafficWeight), 'expected a step, an object with one field').transform(readStep)
}

const anything = z.unknown().optional()

function fields(maxTrafficWeight: number) {
  return {
    setWeight: z
      .number('expected a weight')
      .refine(
        (weight) => Number.isInteger(weight) && weight >= 0 && weight <= maxTrafficWeight,
        `expected a whole number from 0 to ${maxTrafficWeight}`,
      )
      .nullish(),
    pause: pause.nullish(),
    analysis: analysisSchema.nullish(),
    plugin: z.looseObject({ name: z.string('expected the name of a step plugin') }).nullish(),
    setCanaryScale: anything,
    setHeaderRoute: anything,
    setMirrorRoute: anything,
    experiment: anything,
  }
}

type StepFields = z.infer<z.ZodObject<ReturnType<typeof fields>>>

function readStep(step: StepFields, context: z.RefinementCtx): CanaryStep {
  const present = STEP_FIELDS.filter((field) => step[field] !== undefined && step[field] !== null)
  const [field, second] = present
  if (field === undefined || second !== undefined) {
    const stranger = second ?? Object.keys(step).find((key) => !isStepField(key))
    context.addIssue({
      code: 'custom',
      path: stranger === undefined ? [] : [stranger],
      message: second
        ? `expected one field in a step, "${field}" is there already`
        : `expected one of ${STEP_FIELDS.join(', ')} as the field of a step`,
    })
    return z.NEVER
  }
  if (step.setWeight !== undefined && step.setWeight !== null) return { kind: 'setWeight', weight: step.setWeight }
  if (step.pause) return { kind: 'pause', durationMs: step.pause.duration }
  if (step.analysis) return { kind: 'analysis', analysis: step.analysis }
  if (step.plugin?.name === GATE_STEP_PLUGIN) return { kind: 'gate' }
  return { kind: 'other', field: step.plugin ? `plugin ${step.plugin.name}` : field }
}

function isStepField(key: string): boolean {
  return (STEP_FIELDS as readonly string[]).includes(key)
}
