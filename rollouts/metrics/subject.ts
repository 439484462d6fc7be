import { type Fault, InputError } from '#faults'
import type { ObjectMeta } from '#plugin'

const HASH_LABEL = 'rollouts-pod-template-hash'
const TYPE_LABEL = 'rollout-type'
const STEP_LABEL = 'step-index'
const REVISION_ANNOTATION = 'rollout.argoproj.io/revision'

/** What an AnalysisRun is about, as the Rollouts controller labels every run it makes. */
export interface Subject {
  readonly namespace: string
  readonly rollout: string
  /** Value of the pods' label `rollouts-pod-template-hash`. */
  readonly canaryHash: string
  readonly revision: string
  /** Name of the run. */
  readonly run: string
  readonly type: RunType
  /** Index of the canary step that the run belongs to; null for runs beside the steps. */
  readonly stepIndex: number | null
  /** When the run was made, milliseconds since 1970. */
  readonly createdMs: number
}

/** `step` is an inline analysis, `background` runs beside the steps. */
export type RunType = 'step' | 'background' | 'other'

/** The parts of a run's metadata that say what it is about. */
export type RunMetadata = Pick<ObjectMeta, 'name' | 'namespace' | 'labels' | 'annotations' | 'ownerReferences'> & {
  readonly creationTimestamp?: Date | undefined
}

/**
 * Reads what a run is about from its labels and its owner, so that a template needs no arguments for it.
 *
 * @param nowMs stands in for a missing time of creation
 * @throws {InputError} for a run that no Rollout made
 */
export function subjectOf(metadata: RunMetadata, nowMs: number): Subject {
  const { labels, annotations, ownerReferences, namespace, name, creationTimestamp } = metadata
  const owner = ownerReferences.find(
    ({ kind, apiVersion }) => kind === 'Rollout' && apiVersion.startsWith('argoproj.io/'),
  )
  const canaryHash = labels[HASH_LABEL]
  const faults: Fault[] = []
  if (canaryHash === undefined || canaryHash === '') {
    faults.push({ path: `metadata.labels["${HASH_LABEL}"]`, text: 'expected the hash of the canary, received nothing' })
  }
  if (owner === undefined) {
    faults.push({ path: 'metadata.ownerReferences', text: 'expected a Rollout, received none' })
  }
  if (faults.length > 0 || owner === undefined || canaryHash === undefined) {
    throw new InputError(`AnalysisRun "${name}", which was not made by a Rollout`, faults)
  }
  return {
    namespace,
    rollout: owner.name,
    canaryHash,
    revision: annotations[REVISION_ANNOTATION] ?? '',
    run: name,
    type: typeOf(labels[TYPE_LABEL]),
    stepIndex: stepIndexOf(labels[STEP_LABEL]),
    createdMs: creationTimestamp?.getTime() ?? nowMs,
  }
}

function typeOf(label: string | undefined): RunType {
  if (label === 'Step') return 'step'
  return label === 'Background' ? 'background' : 'other'
}

function stepIndexOf(label: string | undefined): number | null {
  return label !== undefined && /^\d{1,6}$/.test(label) ? Number(label) : null
}
