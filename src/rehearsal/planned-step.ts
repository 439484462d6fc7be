import { formatDuration } from '#decision'
import type { CanaryStep, Rollout } from '#manifest'

/** One step of the ladder as the rehearsal will walk it. */
export interface PlannedStep {
  /** Index in `spec.strategy.canary.steps`. */
  readonly index: number
  /** The step as people read it. */
  readonly title: string
  /** Percentage of traffic to the candidate while the step runs. */
  readonly weight: number
  readonly action: StepAction
}

export type StepAction =
  /** Changes the split and goes on at once. */
  | { readonly kind: 'weight' }
  /** Goes on after a while, unless harm is proven before. */
  | { readonly kind: 'hold'; readonly durationMs: number }
  /** Waits for a verdict. */
  | { readonly kind: 'gate' }
  /** Means nothing on one machine. */
  | { readonly kind: 'passOver' }

/**
 * Translates a Rollout's steps. A pause without end is a gate as an analysis is: in a cluster somebody has to decide there.
 * Before the candidate has traffic a gate needs pairs; without them no verdict would ever come, and it is passed over.
 *
 * @param timeScale times in the manifest are divided by it
 * @param pairs whether both models are compared on the same inputs
 */
export function planSteps({ steps, maxTrafficWeight }: Rollout, timeScale: number, pairs: boolean): PlannedStep[] {
  let weight = 0
  return steps.map((step, index) => {
    if (step.kind === 'setWeight') weight = (100 * step.weight) / maxTrafficWeight
    const waiting: StepAction = { kind: weight > 0 || pairs ? 'gate' : 'passOver' }
    return { index, weight, ...planStep(step, waiting, timeScale) }
  })
}

function planStep(step: CanaryStep, waiting: StepAction, timeScale: number): Pick<PlannedStep, 'title' | 'action'> {
  switch (step.kind) {
    case 'setWeight':
      return { title: `setWeight ${step.weight}`, action: { kind: 'weight' } }
    case 'pause':
      if (step.durationMs === null) return { title: 'pause until promoted', action: waiting }
      return {
        title: `pause ${formatDuration(step.durationMs)}`,
        action: { kind: 'hold', durationMs: step.durationMs / timeScale },
      }
    case 'analysis':
      return { title: `analysis ${step.analysis.templates.join(', ')}`, action: waiting }
    case 'gate':
      return { title: 'plugin modelgate/gate', action: waiting }
    case 'other':
      return { title: step.field, action: { kind: 'passOver' } }
  }
}
