import type { z } from 'zod'
import { decisionPolicySchema, look, openGate, planGate, type VerdictKind } from '#decision'
import type { Judge } from './judge.ts'

/** A policy as a user writes it, defaults left out. */
export type PolicyInput = z.input<typeof decisionPolicySchema>

/** The gate itself; it speaks when its verdict is `event`. */
export function gateJudge(name: string, policy: PolicyInput, event: VerdictKind = 'fail'): Judge {
  const plan = planGate(decisionPolicySchema.parse(policy))
  return {
    name,
    kind: 'gate',
    open: () => {
      let state = openGate(plan)
      return (window) => {
        const answer = look(plan, state, window)
        state = answer.state
        return answer.verdict.verdict === event
      }
    },
  }
}

/** The profile with its tolerances, under one name in every table. */
export function defaultProfile(signals: PolicyInput['signals']): Judge {
  return gateJudge('default', { mode: 'guard', signals })
}

/** The profile that tolerates nothing: where the canary is equal to stable it is the one with false aborts to count. */
export function strictProfile(signals: PolicyInput['signals']): Judge {
  return gateJudge('strict', { mode: 'guard', strict: true, signals })
}

export function bothProfiles(signals: PolicyInput['signals']): Judge[] {
  return [defaultProfile(signals), strictProfile(signals)]
}
