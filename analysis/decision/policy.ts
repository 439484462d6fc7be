import { z } from 'zod'
import { durationMs } from './duration.ts'

const fraction = z
  .number('expected a fraction')
  .refine((value) => value > 0 && value < 1, 'expected a fraction above 0 and below 1')
const ratio = z.number('expected a ratio').refine((value) => value >= 1 && value <= 10, 'expected a ratio from 1 to 10')
const share = z
  .number('expected a weight')
  .refine((value) => value > 0 && value <= 100, 'expected a weight above 0 and up to 100')

const errorRate = z.strictObject({
  max: fraction.optional(),
  tolerance: ratio.optional(),
  margin: z
    .number('expected a fraction')
    .refine((value) => value >= 0 && value < 1, 'expected a fraction from 0 and below 1')
    .default(0.005),
  weight: share.default(0.25),
  maxWeight: share.default(0.1),
  unlessStableAlsoViolates: z.boolean().default(false),
})

const latency = z.strictObject({
  quantile: fraction.default(0.95),
  max: durationMs.optional(),
  tolerance: ratio.optional(),
  weight: share.default(0.25),
  maxWeight: share.default(0.1),
})

const predictionDrift = z.strictObject({
  distance: z
    .enum(['psi', 'tv', 'js', 'hellinger', 'ks', 'w1'], 'expected psi, tv, js, hellinger, ks or w1')
    .default('psi'),
  max: z
    .number('expected a distance')
    .refine((value) => value > 0 && value <= 100, 'expected a distance above 0')
    .optional(),
  equality: z.boolean().default(false),
  of: z.enum(['classes', 'values'], 'expected classes or values').default('classes'),
  weight: share.default(0.15),
})

const MAX_OUTPUTS = 256
const MAX_OUTPUT_NAME = 256

const distance = z
  .number('expected a number')
  .refine((value) => value >= 0 && value <= Number.MAX_VALUE, 'expected a number of 0 or more')

const tolerance = z.strictObject({
  absolute: distance.default(0),
  relative: distance.default(0),
  ulps: z
    .number('expected a count')
    .refine(
      (value) => Number.isSafeInteger(value) && value >= 0,
      `expected a whole number from 0 to ${Number.MAX_SAFE_INTEGER}`,
    )
    .default(0),
})

const tolerances = z
  .record(
    z.string().max(MAX_OUTPUT_NAME, `expected the name of an output, of at most ${MAX_OUTPUT_NAME} characters`),
    tolerance,
    'expected tolerances by output, such as { probabilities: { absolute: 0.05 } }',
  )
  .refine((outputs) => Object.keys(outputs).length <= MAX_OUTPUTS, `expected at most ${MAX_OUTPUTS} outputs`)

const shadow = z.strictObject({
  maxDisagreement: fraction.default(0.01),
  /** For whoever compares the models' answers; the arithmetic starts from counts and never looks at it. */
  tolerances: tolerances.default({}),
  pairedErrors: z.boolean().optional(),
  weight: share.default(0.15),
  pairedErrorsWeight: share.default(0.1),
})

const step = z.strictObject({
  soak: durationMs.default(120_000),
  deadline: durationMs.default(1_800_000),
  onDeadline: z.enum(['inconclusive', 'pass', 'fail'], 'expected inconclusive, pass or fail').default('inconclusive'),
  minRequests: z
    .number('expected a count')
    .refine((value) => Number.isInteger(value) && value >= 0 && value <= 1e9, 'expected a whole number from 0 to 1e9')
    .default(200),
})

/**
 * The keys of a policy that decide. Sources of evidence add theirs (`prometheus`, `profile`, `stable`, `outage`) by
 * extending this object, so that one block in an AnalysisTemplate holds everything.
 */
export const decisionPolicyShape = {
  falseAbort: z
    .number('expected a fraction')
    .refine((v) => v >= 1e-6 && v <= 0.2, 'expected a fraction from 1e-6 to 0.2')
    .default(0.01),
  falsePromote: z
    .number('expected a fraction')
    .refine((v) => v >= 1e-6 && v <= 0.2, 'expected a fraction from 1e-6 to 0.2')
    .default(0.05),
  strict: z.boolean().default(false),
  mode: z.enum(['gate', 'guard'], 'expected gate or guard').default('gate'),
  signals: z
    .strictObject({
      errorRate: errorRate.optional(),
      latency: latency.optional(),
      predictionDrift: predictionDrift.optional(),
      shadow: shadow.optional(),
    })
    .refine((signals) => Object.values(signals).some((signal) => signal !== undefined), 'expected at least one signal'),
  step: step.prefault({}),
}

/** Schema of a policy's deciding keys alone, every default filled in. */
export const decisionPolicySchema = z.strictObject(decisionPolicyShape)

/**
 * What decides: budgets, signals with their limits and tolerances, and the step's times (milliseconds).
 *
 * `tolerance` is a ratio: 1.25 lets the canary's error rate be 1.25 times stable's, 1.05 lets its requests take 1.05 times
 * as long. Where it is absent, `strict` chooses 1 and otherwise the defaults 1.25 and 1.05. `margin` is added to the
 * tolerated error rate for promotion only. Weights are shares of the false-abort budget before normalisation.
 */
export type DecisionPolicy = z.infer<typeof decisionPolicySchema>
