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
 *
 * @param timeScale times in the manifest are divided by it
 */
export function planSteps({ steps, maxTrafficWeight }: Rollout, timeScale: number): PlannedStep[] {
  let weight = 0
  return steps.map((step, index) => {
    if (step.kind === 'setWeight') weight = (100 * step.weight) / maxTrafficWeight
    return { index, weight, ...planStep(step, weight, timeScale) }
  })
}

function planStep(step: CanaryStep, weight: number, timeScale: number): Pick<PlannedStep, 'title' | 'action'> {
  switch (step.kind) {
    case 'setWeight':
      return { title: `setWeight ${step.weight}`, action: { kind: 'weight' } }
    case 'pause':
      if (step.durationMs === null) return gate('pause until promoted', weight)
      return {
        title: `pause ${formatDuration(step.durationMs)}`,
        action: { kind: 'hold', durationMs: step.durationMs / timeScale },
      }
    case 'analysis':
      return gate(`analysis ${step.analysis.templates.join(', ')}`, weight)
    case 'gate':
      return gate('plugin modelgate/gate', weight)
    case 'other':
      return { title: step.field, action: { kind: 'passOver' } }
  }
}

/** Without traffic there is nothing to decide, and no verdict would ever come. */
function gate(title: string, weight: number): Pick<PlannedStep, 'title' | 'action'> {
  return { title, action: { kind: weight === 0 ? 'passOver' : 'gate' } }
}
