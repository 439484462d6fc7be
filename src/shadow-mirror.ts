import {
  backgroundModel,
  openShadowMirror,
  SENDER_LIMITS,
  shadowSampler,
  signatureDifferences,
  type AnsweredRequest,
  type Comparator,
  type ComparatorRecorder,
  type Recorder,
} from '#runtime'
import type { ShadowOptions } from './shadow-options.ts'
import type { ShadowWorld } from './shadow.ts'

/** Mirrored requests are nobody's requests: their answers go nowhere, so they are no evidence of how users fare. */
export const UNCOUNTED: Recorder = {
  request: () => undefined,
  latency: () => undefined,
  predictedClass: () => undefined,
  predictedValue: () => undefined,
  nonFinite: () => undefined,
}

/** What a mirror tells others. */
export interface MirrorListeners {
  readonly compare: Comparator['offer']
  readonly recorder: ComparatorRecorder
  /** Told at once what keeps the models from being compared. */
  readonly onMismatch: (text: string) => void
  readonly onFault: (error: unknown) => void
}

/**
 * Loads stable's model next to the candidate, for requests that a router mirrors.
 *
 * @throws {InputError} where it cannot be loaded
 */
export async function openMirror(
  path: string,
  { share, salt, idHeader, slice }: ShadowOptions,
  { catalogue, providers }: ShadowWorld,
  { compare, recorder, onMismatch, onFault }: MirrorListeners,
) {
  const stable = await backgroundModel({ path, name: 'stable', providers })
  const candidate = catalogue.find()
  const differences = candidate === undefined ? [] : signatureDifferences(stable.signature, candidate.signature)
  if (differences.length > 0) onMismatch(differences.join('; '))
  const mirror = openShadowMirror({
    stable,
    isSampled: shadowSampler({ share, salt, idHeader }),
    sliceHeader: slice?.kind === 'header' ? slice.name : undefined,
    compare,
    recorder,
    onFault,
    maxQueuedRequests: SENDER_LIMITS.maxQueuedRequests,
    maxQueuedBytes: SENDER_LIMITS.maxQueuedBytes,
  })
  return {
    offer: (answered: AnsweredRequest) => {
      mirror.offer(answered)
    },
    close: () => {
      mirror.close()
      return stable.close()
    },
  }
}
