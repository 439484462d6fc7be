import type { ServedModel } from '../catalogue/served-model.ts'
import { ServingError } from '../execution/serving-error.ts'
import type { Job } from '../execution/executor.ts'
import { detach } from '../execution/message-buffers.ts'
import { signatureDifferences } from '../model/signature-difference.ts'
import type { Tensor } from '../model/tensor.ts'
import type { AnsweredRequest } from '../server/answered-request.ts'
import type { BackgroundModel } from './background-model.ts'
import { pairBytes } from './encode-pair.ts'
import type { IsSampled } from './sampler.ts'
import { exampleCount, shadowPair, type ShadowBatch, type ShadowOrigin, type ShadowPair } from './shadow-pair.ts'
import type { ComparatorRecorder } from './shadow-recorder.ts'
import { headerSlice } from './slices.ts'

/** Requests that one comparison takes together. */
const MAX_BATCH_REQUESTS = 64

export interface MirrorOptions {
  readonly stable: Pick<BackgroundModel, 'name' | 'digest' | 'signature' | 'run'>
  readonly isSampled: IsSampled
  /** Lower-case name of a header whose value is a request's slice; undefined for none. */
  readonly sliceHeader: string | undefined
  /** Takes a batch with stable's answers, or drops and counts it. */
  readonly compare: (batch: ShadowBatch) => void
  readonly recorder: Pick<ComparatorRecorder, 'dropped'>
  readonly onFault: (error: unknown) => void
  readonly maxQueuedRequests: number
  readonly maxQueuedBytes: number
}

/** Asks stable's model what the candidate was asked. */
export interface ShadowMirror {
  /** Takes a request that the candidate answered, or drops it. Never throws, never waits. */
  offer(answered: AnsweredRequest): void
  /** Drops what waits and takes nothing more. */
  close(): void
}

interface Waiting {
  readonly job: Job
  readonly slice: string
  readonly bytes: number
  /** Whether stable's model can be asked; where it cannot, the comparison says why. */
  readonly fits: boolean
}

/**
 * Makes pairs out of requests that a router mirrors to the candidate: stable's model runs in the background, one batch at a time,
 * and what it says goes to the comparison. The queue holds copies, since a tensor may look at a small part of a large request.
 */
export function openShadowMirror(options: MirrorOptions): ShadowMirror {
  const { stable, isSampled, sliceHeader, compare, recorder, onFault, maxQueuedRequests, maxQueuedBytes } = options
  const origin: ShadowOrigin = { model: stable.name, version: '', identity: stable.digest, signature: stable.signature }
  const fitting = new WeakMap<ServedModel, boolean>()
  const queue: Waiting[] = []
  let queuedBytes = 0
  let isWorking = false
  let isOpen = true

  return {
    offer(answered) {
      try {
        if (isOpen && answered.job.rows !== 0 && isSampled(answered)) take(answered)
      } catch (error) {
        recorder.dropped('fault', 1)
        onFault(error)
      }
    },
    close() {
      isOpen = false
      const examples = countExamples(queue.splice(0))
      if (examples > 0) recorder.dropped('queue', examples)
    },
  }

  function take({ model, job, headers }: AnsweredRequest): void {
    const { rows } = job
    const slice = headerSlice(headers, sliceHeader)
    const fits = canAnswer(model)
    const bytes = pairBytes({ feeds: job.feeds, rows, outputs: undefined, slice })
    if (queue.length >= maxQueuedRequests || queuedBytes + bytes > maxQueuedBytes) {
      recorder.dropped('queue', exampleCount(job))
      return
    }
    queue.push({ job: { feeds: fits ? detach(reordered(model, job.feeds)) : [], rows }, slice, bytes, fits })
    queuedBytes += bytes
    if (!isWorking) void work()
  }

  function canAnswer(model: ServedModel): boolean {
    const known = fitting.get(model) ?? signatureDifferences(stable.signature, model.signature).length === 0
    fitting.set(model, known)
    return known
  }

  /** The tensors in the order of stable's inputs. */
  function reordered({ signature }: ServedModel, feeds: readonly Tensor[]): Tensor[] {
    const places = signature.inputs.map(({ name }) => name)
    return stable.signature.inputs.map(({ name }) => feeds[places.indexOf(name)]!)
  }

  async function work(): Promise<void> {
    isWorking = true
    while (queue.length > 0) {
      const batch = queue.splice(0, MAX_BATCH_REQUESTS)
      for (const { bytes } of batch) queuedBytes -= bytes
      try {
        const pairs = (await Promise.all(batch.map(answer))).filter((pair) => pair !== undefined)
        if (pairs.length > 0) compare({ origin, pairs })
      } catch (error) {
        recorder.dropped('fault', countExamples(batch))
        onFault(error)
      }
    }
    isWorking = false
  }

  /** Undefined where stable was not asked because the pod stops, which says nothing about the model. */
  async function answer({ job, slice, fits }: Waiting): Promise<ShadowPair | undefined> {
    if (!fits) return shadowPair(job, undefined, slice)
    try {
      return shadowPair(job, await stable.run(job), slice)
    } catch (error) {
      if (!(error instanceof ServingError)) throw error
      if (error.code === 'modelFailed') return shadowPair(job, undefined, slice)
      recorder.dropped('busy', exampleCount(job))
      return undefined
    }
  }
}

function countExamples(waiting: readonly Waiting[]): number {
  return waiting.reduce((sum, { job }) => sum + exampleCount(job), 0)
}
