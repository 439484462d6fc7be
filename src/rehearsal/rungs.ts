import type { StepRecord } from './record.ts'

/** Consecutive steps at one weight: one rung of the ladder 10 → 30 → 50 → 100. */
export interface Rung {
  readonly weight: number
  readonly state: StepRecord['state']
  /** Milliseconds since the rehearsal's start; null while it has not come to that. */
  readonly startedMs: number | null
  readonly finishedMs: number | null
  readonly steps: readonly StepRecord[]
}

/** The ladder of a rehearsal, lowest rung first in the order in which it is walked. */
export function rungsOf(steps: readonly StepRecord[]): Rung[] {
  const groups: StepRecord[][] = []
  for (const step of steps) {
    const last = groups.at(-1)
    if (last?.[0]?.weight === step.weight) last.push(step)
    else groups.push([step])
  }
  return groups.map((group) => {
    const state = stateOf(group)
    return {
      weight: group[0]?.weight ?? 0,
      state,
      startedMs: group.find(({ startedMs }) => startedMs !== null)?.startedMs ?? null,
      // Steps after the one that failed never finish, the rung does.
      finishedMs:
        state === 'running' ? null : (group.findLast(({ finishedMs }) => finishedMs !== null)?.finishedMs ?? null),
      steps: group,
    }
  })
}

/** The worst state decides; a rung that is half walked is running. */
function stateOf(steps: readonly StepRecord[]): StepRecord['state'] {
  for (const state of ['failed', 'inconclusive', 'running'] as const) {
    if (steps.some((step) => step.state === state)) return state
  }
  const begun = steps.some(({ state }) => state === 'passed')
  if (steps.some(({ state }) => state === 'waiting')) return begun ? 'running' : 'waiting'
  return begun ? 'passed' : 'skipped'
}
