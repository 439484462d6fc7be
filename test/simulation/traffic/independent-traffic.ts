import type { Random } from '../../support/random.ts'
import type { Window } from '#decision'
import { addArms, sampleArm, sampleShadow, type ArmTruth, type ShadowTruth, type Traffic } from './truth.ts'
import { windowTime } from './window-time.ts'

/** A stretch of the rollout during which nothing changes. */
export interface Phase {
  /** The percentage the rollout asks for; a change starts a step. */
  readonly weight: number
  /** The canary's real share of the requests, a fraction; 1 means that no stable version serves any more. */
  readonly share: number
  readonly windows: number
  readonly canary: ArmTruth
  readonly stable: ArmTruth
  readonly shadow?: ShadowTruth
}

export interface IndependentTraffic {
  readonly requestsPerSecond: number
  readonly windowMs: number
  readonly phases: readonly Phase[]
  /** Windows of stable alone before the first phase, with a tenth of it set aside as an equal of the canary. */
  readonly historyWindows: number
}

/** Requests that are independent of each other given the phase: the case in which the guarantee is a theorem. */
export function independentTraffic(plan: IndependentTraffic): Traffic {
  return (random) => windows(random, plan)
}

function* windows(random: Random, plan: IndependentTraffic): Generator<Window> {
  const { windowMs, phases, historyWindows } = plan
  const seconds = windowMs / 1_000
  const requests = plan.requestsPerSecond * seconds
  for (let k = 0; k < historyWindows; k++) {
    const truth = phases[0]!.stable
    const aa = { canary: sampleArm(random, 0.1 * requests, truth), stable: sampleArm(random, 0.9 * requests, truth) }
    const at = windowTime((k + 1 - historyWindows) * windowMs)
    yield { at, weight: 0, stable: addArms(aa.canary, aa.stable), aa }
  }
  let atMs = 0
  for (const { weight, share, windows: count, canary, stable, shadow } of phases) {
    for (let k = 0; k < count; k++) {
      atMs += windowMs
      yield {
        at: windowTime(atMs),
        weight,
        canary: sampleArm(random, share * requests, canary),
        ...(share < 1 && { stable: sampleArm(random, (1 - share) * requests, stable) }),
        ...(shadow && { shadow: sampleShadow(random, seconds, shadow) }),
      }
    }
  }
}
