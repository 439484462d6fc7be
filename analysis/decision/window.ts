import { z } from 'zod'

/** Counts above this cannot be told apart by a float64 that is added to; no service serves them in one window. */
const MAX_COUNT = 1e12
const MAX_BUCKETS = 256
const MAX_CLASSES = 4_096
const MAX_CLASS_NAME = 256

/** Slices of one window and of one rollout; further ones are counted together under the name {@link OTHER_SLICES}. */
export const MAX_SLICES = 64
export const OTHER_SLICES = 'other'
const MAX_SLICE_NAME = 128

/**
 * Why a pair speaks against the canary: another label, a number beyond its tolerance, NaN or an infinity on one side, an output
 * that is missing or of another form, another signature; or the canary alone failed, or did not answer in time.
 */
export const SHADOW_CAUSES = ['label', 'number', 'nan', 'form', 'signature', 'failed', 'hung'] as const

const count = z
  .number('expected a count')
  .refine(
    (value) => Number.isInteger(value) && value >= 0 && value <= MAX_COUNT,
    'expected a whole number from 0 to 1e12',
  )

/**
 * Counts of a histogram over one window. `counts[k]` holds what fell into bucket k alone (not cumulative); bucket k ends at
 * `le[k]`, and the last bucket, one more than there are bounds, is +Inf.
 */
const histogram = z
  .strictObject({
    le: z.array(z.number('expected a finite bound')).min(1, 'expected at least one bound').max(MAX_BUCKETS),
    counts: z.array(count).max(MAX_BUCKETS + 1),
  })
  .superRefine(({ le, counts }, context) => {
    if (le.some((bound, k) => k > 0 && bound <= (le[k - 1] ?? Infinity))) {
      context.addIssue({ code: 'custom', path: ['le'], message: 'expected rising bounds' })
    }
    if (counts.length !== le.length + 1) {
      context.addIssue({
        code: 'custom',
        path: ['counts'],
        message: `expected ${le.length + 1} counts, one per bound and one for +Inf`,
      })
    }
  })

const arm = z
  .strictObject({
    requests: count,
    errors: count.optional(),
    latency: histogram.optional(),
    predictions: z
      .record(z.string().max(MAX_CLASS_NAME, `expected a class name of at most ${MAX_CLASS_NAME} characters`), count)
      .refine((classes) => Object.keys(classes).length <= MAX_CLASSES, `expected at most ${MAX_CLASSES} classes`)
      .optional(),
    values: histogram.optional(),
  })
  .refine(({ requests, errors }) => errors === undefined || errors <= requests, {
    path: ['errors'],
    message: 'expected at most as many errors as requests',
  })

/** Pairs of answers to the same inputs, and how many of them differ. */
const pairCounts = z
  .strictObject({ pairs: count, disagreements: count })
  .refine(({ pairs, disagreements }) => disagreements <= pairs, {
    path: ['disagreements'],
    message: 'expected at most as many disagreements as pairs',
  })

const shadow = z
  .strictObject({
    pairs: count,
    disagreements: count.optional(),
    canaryOnlyErrors: count.optional(),
    stableOnlyErrors: count.optional(),
    causes: z.partialRecord(z.enum(SHADOW_CAUSES), count).optional(),
    noise: pairCounts.optional(),
    slices: z
      .record(
        z.string().max(MAX_SLICE_NAME, `expected the name of a slice of at most ${MAX_SLICE_NAME} characters`),
        pairCounts,
      )
      .refine((slices) => Object.keys(slices).length <= MAX_SLICES, `expected at most ${MAX_SLICES} slices`)
      .optional(),
  })
  .superRefine(({ pairs, disagreements = 0, canaryOnlyErrors = 0, stableOnlyErrors = 0 }, context) => {
    if (disagreements > pairs) {
      context.addIssue({
        code: 'custom',
        path: ['disagreements'],
        message: 'expected at most as many disagreements as pairs',
      })
    }
    if (canaryOnlyErrors + stableOnlyErrors > pairs) {
      context.addIssue({
        code: 'custom',
        path: ['canaryOnlyErrors'],
        message: 'expected at most as many one-sided errors as pairs',
      })
    }
  })

/** Schema of one window of evidence: one line of an evidence file, and what every source of evidence produces. */
export const windowSchema = z.strictObject({
  at: z.iso.datetime({ offset: true, error: 'expected a time such as "2026-01-01T00:00:10Z"' }),
  weight: z
    .number('expected a percentage')
    .min(0, 'expected a percentage from 0 to 100')
    .max(100, 'expected a percentage from 0 to 100'),
  canary: arm.optional(),
  stable: arm.optional(),
  shadow: shadow.optional(),
  aa: z.strictObject({ canary: arm, stable: arm }).optional(),
})

/** Bucket counts of one window; seconds for latency, the model's own unit for prediction values. */
export type Histogram = z.infer<typeof histogram>

/** What one arm (canary or stable) did in one window, summed over its pods. A part that is absent was not measured. */
export type Arm = z.infer<typeof arm>

export type ShadowCause = (typeof SHADOW_CAUSES)[number]

/** Pairs by cause; causes that did not occur may be absent. */
export type CauseCounts = Readonly<Partial<Record<ShadowCause, number>>>

export type PairCounts = z.infer<typeof pairCounts>

/**
 * What the shadow comparator saw in one window: both models on the same inputs; with `causes`, why pairs differ or fail, with
 * `noise`, stable asked twice, and with `slices`, the pairs of each part of the inputs that has a name.
 */
export type ShadowCounts = z.infer<typeof shadow>

/**
 * The evidence of one scrape interval, ending at `at`. `weight` is the percentage of traffic the canary was given then; the
 * observed split always comes from the counts. Windows at weight 0 come before the first step and are stable's history;
 * their `aa` holds one stable pod in the canary's place beside the other stable pods, to measure how much equals differ.
 */
export type Window = z.infer<typeof windowSchema>
