import type { Policy } from '#evidence'

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
