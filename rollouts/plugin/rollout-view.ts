import {
  boolField,
  dateField,
  intOrStringField,
  jsonField,
  numberField,
  optionalNumberField,
} from './argument-reader.ts'
import { optionalStructField, structField, structsField, textField, textMapField } from './argument-reader.ts'
import type { GobStruct } from './gob-value.ts'
import { viewObjectMeta } from './object-meta.ts'
import type { ObjectMeta } from './object-meta.ts'

/** v1alpha1.Rollout. Parts are read when they are asked for. */
export interface Rollout {
  readonly metadata: ObjectMeta
  readonly spec: RolloutSpec
  readonly status: RolloutStatus
  readonly raw: GobStruct
}

export interface RolloutSpec {
  /** Undefined both for 0 and for not set: gob sends neither. `status.replicas` tells how many there are. */
  readonly replicas: number | undefined
  readonly paused: boolean
  readonly minReadySeconds: number
  /** Undefined for not set, which means 600. */
  readonly progressDeadlineSeconds: number | undefined
  readonly progressDeadlineAbort: boolean
  readonly restartAt: Date | undefined
  readonly templateLabels: Readonly<Record<string, string>>
  /** Undefined for a blue-green rollout. */
  readonly canary: CanaryStrategy | undefined
}

export interface CanaryStrategy {
  readonly canaryService: string
  readonly stableService: string
  /** What the weights of all versions add up to; undefined for not set, which means 100. */
  readonly maxTrafficWeight: number | undefined
  readonly steps: readonly CanaryStep[]
}

/** A step has one member; one that has none is `setWeight: 0`, since gob does not send a pointer to zero. */
export type CanaryStep =
  /** Out of `maxTrafficWeight`. */
  | { readonly kind: 'setWeight'; readonly weight: number }
  /** Seconds or a duration string; undefined for a pause until somebody resumes. */
  | { readonly kind: 'pause'; readonly duration: number | string | undefined }
  | { readonly kind: 'plugin'; readonly name: string; readonly config: unknown }
  | {
      readonly kind: 'analysis' | 'experiment' | 'setCanaryScale' | 'setHeaderRoute' | 'setMirrorRoute'
      readonly raw: GobStruct
    }

export interface RolloutStatus {
  readonly phase: string
  readonly message: string
  readonly abort: boolean
  readonly promoteFull: boolean
  readonly controllerPause: boolean
  readonly pauseConditions: readonly { readonly reason: string; readonly startTime: Date | undefined }[]
  /** The hash of the version that is rolled out. */
  readonly currentPodHash: string
  /** The hash of the stable version, despite its name in Kubernetes, `stableRS`. */
  readonly stablePodHash: string
  readonly currentStepHash: string
  /** 0 also for a rollout without steps. */
  readonly currentStepIndex: number
  readonly observedGeneration: string
  readonly replicas: number
  readonly updatedReplicas: number
  readonly readyReplicas: number
  readonly availableReplicas: number
  /** What the plugin steps left, those before the current one too. */
  readonly stepPluginStatuses: readonly StepPluginStatus[]
  /** Undefined without a traffic router: then replica counts are the split. */
  readonly weights: { readonly canary: WeightDestination; readonly stable: WeightDestination } | undefined
}

/** v1alpha1.StepPluginStatus, as far as a plugin has use for it. */
export interface StepPluginStatus {
  /** Index of the step. */
  readonly index: number
  readonly name: string
  readonly phase: string
  /** What the plugin returned as `status`, parsed; undefined if nothing. */
  readonly status: unknown
}

/** v1alpha1.WeightDestination; the weight is out of `maxTrafficWeight`. */
export interface WeightDestination {
  readonly weight: number
  readonly serviceName: string
  readonly podTemplateHash: string
}

export function viewRollout(rollout: GobStruct): Rollout {
  return {
    raw: rollout,
    get metadata() {
      return viewObjectMeta(structField(rollout, 'ObjectMeta'))
    },
    get spec() {
      return viewSpec(structField(rollout, 'Spec'))
    },
    get status() {
      return viewStatus(structField(rollout, 'Status'))
    },
  }
}

export function viewWeightDestination(destination: GobStruct): WeightDestination {
  return {
    weight: numberField(destination, 'Weight'),
    serviceName: textField(destination, 'ServiceName'),
    podTemplateHash: textField(destination, 'PodTemplateHash'),
  }
}

function viewSpec(spec: GobStruct): RolloutSpec {
  const canary = optionalStructField(structField(spec, 'Strategy'), 'Canary')
  const template = structField(structField(spec, 'Template'), 'ObjectMeta')
  return {
    replicas: optionalNumberField(spec, 'Replicas'),
    paused: boolField(spec, 'Paused'),
    minReadySeconds: numberField(spec, 'MinReadySeconds'),
    progressDeadlineSeconds: optionalNumberField(spec, 'ProgressDeadlineSeconds'),
    progressDeadlineAbort: boolField(spec, 'ProgressDeadlineAbort'),
    restartAt: dateField(spec, 'RestartAt'),
    templateLabels: textMapField(template, 'Labels'),
    canary: canary && viewCanary(canary),
  }
}

function viewCanary(canary: GobStruct): CanaryStrategy {
  return {
    canaryService: textField(canary, 'CanaryService'),
    stableService: textField(canary, 'StableService'),
    maxTrafficWeight: optionalNumberField(structField(canary, 'TrafficRouting'), 'MaxTrafficWeight'),
    steps: structsField(canary, 'Steps').map(viewStep),
  }
}

const RAW_STEPS = [
  ['Analysis', 'analysis'],
  ['Experiment', 'experiment'],
  ['SetCanaryScale', 'setCanaryScale'],
  ['SetHeaderRoute', 'setHeaderRoute'],
  ['SetMirrorRoute', 'setMirrorRoute'],
] as const

function viewStep(step: GobStruct): CanaryStep {
  const pause = optionalStructField(step, 'Pause')
  if (pause !== undefined) return { kind: 'pause', duration: intOrStringField(pause, 'Duration') }
  const plugin = optionalStructField(step, 'Plugin')
  if (plugin !== undefined)
    return { kind: 'plugin', name: textField(plugin, 'Name'), config: jsonField(plugin, 'Config') }
  for (const [field, kind] of RAW_STEPS) {
    const raw = optionalStructField(step, field)
    if (raw !== undefined) return { kind, raw }
  }
  return { kind: 'setWeight', weight: numberField(step, 'SetWeight') }
}

function viewStatus(status: GobStruct): RolloutStatus {
  const weights = optionalStructField(structField(status, 'Canary'), 'Weights')
  return {
    phase: textField(status, 'Phase'),
    message: textField(status, 'Message'),
    abort: boolField(status, 'Abort'),
    promoteFull: boolField(status, 'PromoteFull'),
    controllerPause: boolField(status, 'ControllerPause'),
    pauseConditions: structsField(status, 'PauseConditions').map((condition) => ({
      reason: textField(condition, 'Reason'),
      startTime: dateField(condition, 'StartTime'),
    })),
    currentPodHash: textField(status, 'CurrentPodHash'),
    stablePodHash: textField(status, 'StableRS'),
    currentStepHash: textField(status, 'CurrentStepHash'),
    currentStepIndex: numberField(status, 'CurrentStepIndex'),
    observedGeneration: textField(status, 'ObservedGeneration'),
    replicas: numberField(status, 'Replicas'),
    updatedReplicas: numberField(status, 'UpdatedReplicas'),
    readyReplicas: numberField(status, 'ReadyReplicas'),
    availableReplicas: numberField(status, 'AvailableReplicas'),
    stepPluginStatuses: structsField(structField(status, 'Canary'), 'StepPluginStatuses').map((step) => ({
      index: numberField(step, 'Index'),
      name: textField(step, 'Name'),
      phase: textField(step, 'Phase'),
      status: jsonField(step, 'Status'),
    })),
    weights: weights && {
      canary: viewWeightDestination(structField(weights, 'Canary')),
      stable: viewWeightDestination(structField(weights, 'Stable')),
    },
  }
}
