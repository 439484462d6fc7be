import { independentTraffic, type Phase } from '../traffic/independent-traffic.ts'
import type { ArmTruth, ShadowTruth, Traffic } from '../traffic/truth.ts'

/** Time between two looks, and the width of a window. */
export const WINDOW_MS = 10_000
/** Ten minutes. */
export const STEP_WINDOWS = 60
/** Minutes of stable alone, one window each: the shape of its latency. */
export const HALF_HOUR = 30

/** Runs that show a rate of 0.5 % to be below 1 %: with 15 aborts in 3000 the upper 95 % limit is 0.77 %. */
export const RATE_RUNS = 3_000
/** Runs that show a rate of 0.7 % to be below 1 %: with 28 aborts in 4000 the upper 95 % limit is 0.96 %. */
export const MANY_RATE_RUNS = 4_000
/** Runs where each takes long and rates are lower: up to 8 aborts in 1500 show a rate below 1 %. */
export const SLOW_RATE_RUNS = 1_500
/** Runs for rates that are far from any limit: without an abort 0.3 % is the upper limit. */
export const BRIEF_RUNS = 1_000
/** Runs behind a median. */
export const DELAY_RUNS = 400

export const REQUEST_RATES = [1, 10, 100, 1_000] as const
export const SHARES = [0.1, 0.3, 0.5] as const

export interface SteadyPlan {
  readonly requestsPerSecond: number
  readonly share: number
  readonly canary: ArmTruth
  readonly stable: ArmTruth
  readonly shadow?: ShadowTruth
  readonly historyMinutes?: number
}

/** 40 minutes in four steps at one and the same observed share: 240 looks. The weights differ by 1 only to begin steps. */
export function fourSteps(plan: SteadyPlan): Traffic {
  const { requestsPerSecond, share, historyMinutes = 0, ...truth } = plan
  const phases = [0, 1, 2, 3].map((step) => ({ weight: 100 * share + step, share, windows: STEP_WINDOWS, ...truth }))
  return independentTraffic({ requestsPerSecond, windowMs: WINDOW_MS, phases, historyMinutes })
}

/** One step of 40 minutes, for promotion, whose evidence begins anew with every step. */
export function oneStep(plan: SteadyPlan): Traffic {
  const { requestsPerSecond, share, historyMinutes = 0, ...truth } = plan
  const phases = [{ weight: 100 * share, share, windows: 4 * STEP_WINDOWS, ...truth }]
  return independentTraffic({ requestsPerSecond, windowMs: WINDOW_MS, phases, historyMinutes })
}

/** The steps 10 / 30 / 50 / 100 % of ten minutes each; at 100 % neither a stable version nor the comparison is left. */
export function ramp(
  requestsPerSecond: number,
  historyMinutes: number,
  truthAt: (step: number) => Pick<Phase, 'canary' | 'stable' | 'shadow'>,
): Traffic {
  const phases = [0.1, 0.3, 0.5, 1].map((share, step) => {
    const { shadow, ...arms } = truthAt(step)
    return { weight: 100 * share, share, windows: STEP_WINDOWS, ...arms, ...(share < 1 && shadow && { shadow }) }
  })
  return independentTraffic({ requestsPerSecond, windowMs: WINDOW_MS, phases, historyMinutes })
}

export function percent(share: number): string {
  return `${Number((100 * share).toPrecision(3))} %`
}
