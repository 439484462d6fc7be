import type { VerdictKind } from '#decision'
import type { PlannedStep } from './planned-step.ts'
import type { Outcome, StepRecord } from './record.ts'

/** How far a candidate has come on the ladder. Times in milliseconds since the rehearsal's start. */
export interface Walk {
  readonly plan: readonly PlannedStep[]
  readonly steps: readonly StepRecord[]
  /** Index of the step that runs; the number of steps when there is none left. */
  readonly current: number
  /** Percentage of traffic to the candidate now. */
  readonly weight: number
  readonly weightSinceMs: number
  readonly outcome: Outcome | null
  /** Steps that waited for a verdict and got a pass. */
  readonly gatesPassed: number
}

/** What the walk needs to know of a verdict. */
export interface Decision {
  readonly verdict: VerdictKind
  /** Weight that the evidence was gathered at. */
  readonly weight: number
  /** Time of the newest evidence. */
  readonly atMs: number
}

/** Takes the first step. */
export function beginWalk(plan: readonly PlannedStep[], nowMs: number): Walk {
  const steps = stepsIn('waiting', plan)
  const walk: Walk = { plan, steps, current: 0, weight: 0, weightSinceMs: nowMs, outcome: null, gatesPassed: 0 }
  return advance(walk, nowMs, null)
}

/** The walk of a candidate that never came to the first step. */
export function declineWalk(plan: readonly PlannedStep[], nowMs: number, outcome: Exclude<Outcome, 'promoted'>): Walk {
  const steps = stepsIn('skipped', plan)
  return { plan, steps, current: 0, weight: 0, weightSinceMs: nowMs, outcome, gatesPassed: 0 }
}

function stepsIn(state: StepRecord['state'], plan: readonly PlannedStep[]): StepRecord[] {
  return plan.map(({ index, title, weight }) => ({ index, title, weight, state, startedMs: null, finishedMs: null }))
}

/**
 * Goes on as far as time and the newest verdict allow: a fail ends the walk at any moment, a hold ends with its time, a gate with
 * a pass or without a decision. A verdict on evidence from before the present weight opens no gate.
 */
export function advance(walk: Walk, nowMs: number, decision: Decision | null): Walk {
  if (walk.outcome !== null) return walk
  if (decision?.verdict === 'fail') return endWalk(walk, nowMs, 'aborted')
  const step = walk.plan[walk.current]
  if (step === undefined) return { ...walk, weight: 100, outcome: 'promoted' }
  const started = startCurrent(walk, nowMs)
  switch (step.action.kind) {
    case 'weight': {
      const changed = step.weight !== walk.weight
      const weighted = changed ? { ...started, weight: step.weight, weightSinceMs: nowMs } : started
      return advance(finishCurrent(weighted, nowMs, 'passed'), nowMs, decision)
    }
    case 'passOver':
      return advance(finishCurrent(started, nowMs, 'skipped'), nowMs, decision)
    case 'hold': {
      const startedMs = started.steps[walk.current]?.startedMs ?? nowMs
      if (nowMs - startedMs < step.action.durationMs) return started
      return advance(finishCurrent(started, nowMs, 'passed'), nowMs, decision)
    }
    case 'gate': {
      if (decision === null || decision.weight !== walk.weight || decision.atMs <= walk.weightSinceMs) return started
      if (decision.verdict === 'inconclusive') return endWalk(started, nowMs, 'inconclusive')
      if (decision.verdict !== 'pass') return started
      const passed = finishCurrent(started, nowMs, 'passed')
      return advance({ ...passed, gatesPassed: walk.gatesPassed + 1 }, nowMs, decision)
    }
  }
}

/** Ends a walk where it is; steps that were not reached are skipped. */
export function endWalk(walk: Walk, nowMs: number, outcome: Exclude<Outcome, 'promoted'>): Walk {
  const state = outcome === 'aborted' ? 'failed' : 'inconclusive'
  const { steps } = walk.current < walk.plan.length ? finishCurrent(startCurrent(walk, nowMs), nowMs, state) : walk
  return {
    ...walk,
    steps: steps.map((step) => (step.state === 'waiting' ? { ...step, state: 'skipped' } : step)),
    weight: outcome === 'aborted' ? 0 : walk.weight,
    outcome,
  }
}

/** When the gate that is waited at was reached; null where none is. */
export function gateSinceMs({ plan, steps, current, outcome }: Walk): number | null {
  if (outcome !== null || plan[current]?.action.kind !== 'gate') return null
  return steps[current]?.startedMs ?? null
}

/** When the step that runs ends by itself; null when only a verdict ends it. */
export function holdEndMs({ plan, steps, current, outcome }: Walk): number | null {
  const action = plan[current]?.action
  const startedMs = steps[current]?.startedMs
  if (outcome !== null || action?.kind !== 'hold' || startedMs === null || startedMs === undefined) return null
  return startedMs + action.durationMs
}

function startCurrent(walk: Walk, nowMs: number): Walk {
  return withCurrent(walk, (step) => (step.startedMs === null ? { ...step, state: 'running', startedMs: nowMs } : step))
}

function finishCurrent(walk: Walk, nowMs: number, state: StepRecord['state']): Walk {
  return { ...withCurrent(walk, (step) => ({ ...step, state, finishedMs: nowMs })), current: walk.current + 1 }
}

function withCurrent(walk: Walk, change: (step: StepRecord) => StepRecord): Walk {
  return { ...walk, steps: walk.steps.map((step, index) => (index === walk.current ? change(step) : step)) }
}
