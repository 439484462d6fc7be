import { z } from 'zod'
import type { Policy } from '#evidence'

const MIN = 0.01
const MAX = 100_000

/** The option `--time-scale`, a text. */
export const timeScaleSchema = z.string().transform((text, context) => {
  const value = /^\d{1,6}(?:\.\d{1,9})?$/.test(text) ? Number(text) : Number.NaN
  if (value >= MIN && value <= MAX) return value
  context.addIssue({ code: 'custom', message: `expected a number from ${MIN} to ${MAX}` })
  return z.NEVER
})

/**
 * A policy whose steps take less time: a rehearsal on one machine gets as many requests in seconds as a rollout in minutes.
 * Limits and tolerances stay as they are; they are about requests.
 *
 * @param timeScale times are divided by it
 */
export function scalePolicy<T extends Pick<Policy, 'step'>>(policy: T, timeScale: number): T {
  const { step } = policy
  return { ...policy, step: { ...step, soak: step.soak / timeScale, deadline: step.deadline / timeScale } }
}
