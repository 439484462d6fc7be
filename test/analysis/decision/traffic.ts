import type { z } from 'zod'
import {
  decisionPolicySchema,
  look,
  openGate,
  planGate,
  type Arm,
  type GatePlan,
  type GateState,
  type Verdict,
  type Window,
} from '#decision'
import type { Random } from '../../support/random.ts'
import { binomial, multinomial, poisson } from '../../support/sampling.ts'

/** A policy as a user writes it. */
export type PolicyInput = z.input<typeof decisionPolicySchema>

export function planOf(policy: PolicyInput): GatePlan {
  return planGate(decisionPolicySchema.parse(policy))
}

export const START_MS = Date.parse('2026-01-01T00:00:00Z')
export const BOUNDS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1]

/** How one version behaves: its error rate, and the shares of its latency buckets and classes. */
export interface Behaviour {
  readonly errors: number
  readonly latency: readonly number[]
  readonly classes: readonly number[]
}

export const HEALTHY: Behaviour = {
  errors: 0.01,
  latency: [0.2, 0.3, 0.25, 0.15, 0.07, 0.02, 0.008, 0.002],
  classes: [0.5, 0.3, 0.2],
}
export const CLASS_NAMES = ['setosa', 'versicolor', 'virginica'] as const

/** Counts of one arm as drawn. */
export function drawArm(random: Random, requests: number, { errors, latency, classes }: Behaviour): Arm {
  const predictions = multinomial(random, requests, classes)
  return {
    requests,
    errors: binomial(random, requests, errors),
    latency: { le: BOUNDS, counts: multinomial(random, requests, latency) },
    predictions: Object.fromEntries(CLASS_NAMES.map((name, k) => [name, predictions[k]!])),
  }
}

/** Counts of one arm as expected, rounded: figures without chance. */
export function evenArm(requests: number, { errors, latency, classes }: Behaviour): Arm {
  const round = (shares: readonly number[]) => shares.map((share) => Math.round(share * requests))
  const predictions = round(classes)
  return {
    requests,
    errors: Math.round(errors * requests),
    latency: { le: BOUNDS, counts: round(latency) },
    predictions: Object.fromEntries(CLASS_NAMES.map((name, k) => [name, predictions[k]!])),
  }
}

/** What happens in a simulated rollout. */
export interface Course {
  readonly policy: PolicyInput
  /** Windows of 10 s at each weight. */
  readonly steps: readonly { readonly weight: number; readonly windows: number }[]
  readonly perSecond: number
  readonly canary: Behaviour
  readonly stable?: Behaviour
  /** Pairs per window and the share of them on which the models disagree. */
  readonly shadow?: { readonly pairs: number; readonly disagreement: number }
}

/** The verdicts of one rollout, until it fails or a step does not pass in its windows; steps end when they pass. */
export function simulate(course: Course, random: Random, plan = planOf(course.policy)): Verdict[] {
  const verdicts: Verdict[] = []
  let state = openGate(plan)
  let seconds = 0
  for (const { weight, windows } of course.steps) {
    for (let i = 0; i < windows; i += 1) {
      seconds += 10
      const answer = look(plan, state, drawWindow(course, weight, seconds, random))
      state = answer.state
      verdicts.push(answer.verdict)
      if (answer.verdict.verdict === 'fail') return verdicts
      if (answer.verdict.verdict === 'pass') break
    }
  }
  return verdicts
}

function drawWindow(course: Course, weight: number, seconds: number, random: Random): Window {
  const { canary, stable = HEALTHY, perSecond, shadow } = course
  const requests = poisson(random, 10 * perSecond)
  const toCanary = binomial(random, requests, weight / 100)
  return {
    at: new Date(START_MS + 1_000 * seconds).toISOString(),
    weight,
    ...(weight > 0 && { canary: drawArm(random, toCanary, canary) }),
    ...(weight < 100 && { stable: drawArm(random, requests - toCanary, stable) }),
    ...(shadow && {
      shadow: {
        pairs: shadow.pairs,
        disagreements: binomial(random, shadow.pairs, shadow.disagreement),
        canaryOnlyErrors: 0,
        stableOnlyErrors: 0,
      },
    }),
  }
}

/** Runs windows through a gate; each is given the time of its place, 10 s apart, unless it has its own. */
export function run(plan: GatePlan, windows: readonly Omit<Window, 'at'>[]): { state: GateState; verdicts: Verdict[] } {
  let state = openGate(plan)
  const verdicts = windows.map((window, i) => {
    const answer = look(plan, state, { at: new Date(START_MS + 10_000 * (i + 1)).toISOString(), ...window })
    state = answer.state
    return answer.verdict
  })
  return { state, verdicts }
}

/** So many equal windows of traffic at a weight. */
export function steady(
  count: number,
  weight: number,
  requests: number,
  canary: Behaviour = HEALTHY,
  stable: Behaviour = HEALTHY,
): Omit<Window, 'at'>[] {
  const toCanary = Math.round((requests * weight) / 100)
  return Array.from({ length: count }, () => ({
    weight,
    ...(weight > 0 && { canary: evenArm(toCanary, canary) }),
    ...(weight < 100 && { stable: evenArm(requests - toCanary, stable) }),
  }))
}
