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
  /** Minutes of stable alone before the first phase, a window each, with a tenth of it in the place of the canary. */
  readonly historyMinutes: number
}

/** Requests that are independent of each other given the phase: the case in which the guarantee is a theorem. */
export function independentTraffic(plan: IndependentTraffic): Traffic {
  return (random) => windows(random, plan)
}

function* windows(random: Random, plan: IndependentTraffic): Generator<Window> {
  const { windowMs, phases, historyMinutes } = plan
  const seconds = windowMs / 1_000
  const requests = plan.requestsPerSecond * seconds
  for (let minute = 1 - historyMinutes; minute <= 0; minute++) {
    const truth = phases[0]!.stable
    const mean = 60 * plan.requestsPerSecond
    const aa = { canary: sampleArm(random, 0.1 * mean, truth), stable: sampleArm(random, 0.9 * mean, truth) }
    const at = windowTime(minute * 60_000)
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
