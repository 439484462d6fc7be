import { formatDuration } from '#decision'
import { type Fault, InputError, parseInput } from '#faults'
import { policySchema, type Policy } from '#evidence'
import type { Rollout, StepContext, StepPlugin, StepResult } from '#plugin'
import { z } from 'zod'
import { argoText } from './argo-text.ts'
import { awaitedStep, type Course } from './course.ts'
import { explainLook } from './explain-look.ts'
import { createLooker, type LookerOptions } from './looker.ts'
import type { RevisionLook } from './revision.ts'
import type { Subject } from './subject.ts'

/** The controller comes back no sooner than this: it adds 5 s, and takes 30 s for anything up to 10 s. */
const MIN_REQUEUE_MS = 11_000
/** What Argo takes when a Rollout does not say. */
const DEFAULT_PROGRESS_DEADLINE_S = 600
/** Scheduling, scaling and the controller's own waiting count against the progress deadline as well. */
const PROGRESS_RESERVE_MS = 60_000

/** What a step leaves in the Rollout, so that a restarted process knows how the rollout went. */
const statusSchema = z.object({
  fromMs: z.number(),
  weights: z
    .array(z.object({ fromMs: z.number(), weight: z.number() }))
    .min(1)
    .max(1_000),
})

/**
 * The step plugin `modelgate/gate`: a step that holds the rollout until the evidence says pass or fail. Argo knows no
 * undecided step, so one that is undecided at its deadline stays where it is and says what a person can do.
 */
export function createStepGate(options: LookerOptions): StepPlugin {
  const lookAt = createLooker(options)

  return {
    type: 'modelgate/gate',
    run: async (rollout, context, { signal }) => {
      const nowMs = options.now()
      const subject = subjectOf(rollout, context, nowMs)
      try {
        const policy = policyOf(rollout, context)
        const course = courseOf(rollout, context, nowMs)
        const stableHash = policy.stable ?? rollout.status.stablePodHash
        const awaited = awaitedStep(course, [], subject)
        const found = await lookAt({ subject, policy, course, awaited, stableHash, nowMs, signal })
        return resultOf(found, policy, course, options.now())
      } catch (error) {
        // Throwing would be tried again for ever, and phase Error would end the calls without a word: a gate that cannot be
        // used must send the traffic back, with the reason in the Rollout's message.
        if (error instanceof InputError)
          return { phase: 'Failed', message: argoText(error.message), status: context.status }
        throw error
      }
    },
    terminate: (_rollout, { status }) => ({ phase: 'Successful', message: 'the rollout was promoted in full', status }),
    abort: (_rollout, { status }) => ({ phase: 'Successful', message: 'the rollout was aborted', status }),
  }
}

function resultOf(found: RevisionLook, policy: Policy, course: Course, nowMs: number): StepResult {
  const { verdict, silentSinceMs } = found
  const requeueAfterMs = Math.max(policy.scrapeInterval, MIN_REQUEUE_MS)
  const reason = explainLook(found)
  const running = (message: string): StepResult => ({ phase: 'Running', message, requeueAfterMs, status: course })
  switch (verdict.verdict) {
    case 'pass':
      return { phase: 'Successful', message: reason, status: course }
    case 'fail':
      return { phase: 'Failed', message: reason, status: course }
    case 'inconclusive':
      return running(`undecided, a person may promote or abort: ${reason}`)
    case 'continue':
      if (silentSinceMs === null) return running(reason)
      return running(`no evidence from Prometheus for ${formatDuration(nowMs - silentSinceMs)}; ${reason}`)
  }
}

function policyOf({ spec }: Rollout, { config, pluginName }: StepContext): Policy {
  const subject = `config of step plugin ${pluginName}`
  const policy = parseInput(policySchema, config ?? {}, subject)
  const faults: Fault[] = []
  if (policy.mode === 'guard') {
    faults.push({ path: 'mode', text: 'expected gate, since a step waits for a decision, received "guard"' })
  }
  const progressMs = 1_000 * (spec.progressDeadlineSeconds ?? DEFAULT_PROGRESS_DEADLINE_S)
  if (policy.step.deadline + PROGRESS_RESERVE_MS > progressMs) {
    const least = Math.ceil((policy.step.deadline + PROGRESS_RESERVE_MS) / 1_000)
    faults.push({
      path: 'step.deadline',
      text:
        `expected the Rollout's progressDeadlineSeconds, ${progressMs / 1_000}, to be at least ${least}: ` +
        `a plugin step does not stop that clock, received ${formatDuration(policy.step.deadline)}`,
    })
  }
  if (faults.length > 0) throw new InputError(subject, faults)
  return policy
}

function subjectOf({ metadata, status }: Rollout, { pluginName }: StepContext, nowMs: number): Subject {
  return {
    namespace: metadata.namespace,
    rollout: metadata.name,
    canaryHash: status.currentPodHash,
    revision: metadata.annotations['rollout.argoproj.io/revision'] ?? '',
    run: `${pluginName}, step ${status.currentStepIndex}`,
    type: 'other',
    stepIndex: status.currentStepIndex,
    createdMs: nowMs,
  }
}

/** The course is handed on from step to step in the Rollout's status. */
function courseOf({ spec, status }: Rollout, context: StepContext, nowMs: number): Course {
  const own = statusSchema.safeParse(context.status)
  if (own.success) return own.data
  const { steps = [], maxTrafficWeight = 100 } = spec.canary ?? {}
  const setWeight = steps.slice(0, status.currentStepIndex + 1).findLast(({ kind }) => kind === 'setWeight')
  const weight = setWeight?.kind === 'setWeight' ? (100 * setWeight.weight) / maxTrafficWeight : 0
  // Times in Kubernetes are whole seconds; so is this one, wherever it is read again.
  const fromMs = Math.floor(nowMs / 1_000) * 1_000
  const before = status.stepPluginStatuses
    .filter(({ name, index }) => name === context.pluginName && index < status.currentStepIndex)
    .sort((a, b) => b.index - a.index)
    .map((step) => statusSchema.safeParse(step.status))
    .find(({ success }) => success)?.data
  if (before === undefined) return { fromMs, weights: [{ fromMs, weight }] }
  const weights = before.weights.at(-1)?.weight === weight ? before.weights : [...before.weights, { fromMs, weight }]
  return { fromMs: before.fromMs, weights }
}
