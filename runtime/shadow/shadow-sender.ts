import type { AnsweredRequest } from '../server/answered-request.ts'
import type { ServedModel } from '../catalogue/served-model.ts'
import { MAX_PAIRS } from './message-format.ts'
import { encodeMessage, encodeOrigin, encodePair, pairBytes } from './encode-pair.ts'
import type { IsSampled } from './sampler.ts'
import { exampleCount, shadowPair } from './shadow-pair.ts'
import { headerSlice } from './slices.ts'

/** What became of a message. */
export type Delivery =
  | 'delivered'
  /** Whoever listens is the same release as this pod: there is nothing to compare. */
  | 'same'
  /** The canary has more than it can compare. */
  | 'busy'
  /** The canary does not understand the message or refuses it. */
  | 'refused'
  /** Nobody listens, or nobody answered in time. */
  | 'away'

/** Why examples were sampled and never compared. */
export type SendDrop = Exclude<Delivery, 'delivered'> | 'queue' | 'size' | 'fault'

/** What the sender tells whoever keeps the metrics; all in examples. */
export interface SenderRecorder {
  sent(examples: number): void
  dropped(reason: SendDrop, examples: number): void
}

export interface ShadowSenderOptions {
  readonly isSampled: IsSampled
  /** Lower-case name of a header whose value is a request's slice; undefined for none. No other header is copied. */
  readonly sliceHeader: string | undefined
  /** Identity of this release; the model's digest when undefined. */
  readonly identity: string | undefined
  /** Sends one message. */
  readonly deliver: (message: readonly Buffer[]) => Promise<Delivery>
  readonly recorder: SenderRecorder
  /** Told of a fault of the sender itself, once. */
  readonly onFault: (error: unknown) => void
  readonly limits: SenderLimits
  /** Milliseconds; only differences matter. */
  readonly now: () => number
}

/** Bounds of what a sender holds and how fast it works. */
export interface SenderLimits {
  readonly maxQueuedRequests: number
  readonly maxQueuedBytes: number
  /** How long a request may wait for company, milliseconds. */
  readonly lingerMs: number
  readonly maxMessageRequests: number
  readonly maxMessageBytes: number
  readonly maxInFlight: number
  /** After a failure nothing is taken for so long, doubled with each further failure, milliseconds. */
  readonly minBackOffMs: number
  readonly maxBackOffMs: number
}

export const SENDER_LIMITS: SenderLimits = {
  maxQueuedRequests: 1_024,
  maxQueuedBytes: 16 * 1024 * 1024,
  lingerMs: 100,
  maxMessageRequests: 64,
  maxMessageBytes: 4 * 1024 * 1024,
  maxInFlight: 2,
  minBackOffMs: 250,
  maxBackOffMs: 10_000,
}

/** Copies a sample of answered requests to the canary. */
export interface ShadowSender {
  /** Takes a request that was answered, or drops it. Never throws, never waits. */
  offer(answered: AnsweredRequest): void
  /** Drops what waits and takes nothing more; messages under way end by themselves. */
  close(): void
}

interface Queued {
  /** Of one model version the same object. */
  readonly origin: Buffer
  readonly pair: Buffer
  readonly examples: number
}

/**
 * Opens a sender. What it costs the live path is the copy of a request's tensors into a queue of bounded length; messages leave
 * in batches from a timer. Nothing is sent twice: a message that may have been compared already must not count again.
 */
export function openShadowSender(options: ShadowSenderOptions): ShadowSender {
  const { isSampled, deliver, recorder, limits, now } = options
  const origins = new WeakMap<ServedModel, Buffer>()
  let queue: Queued[] = []
  let queuedBytes = 0
  let inFlight = 0
  let failures = 0
  let silentUntilMs = -Infinity
  let silence: SendDrop = 'away'
  let timer: NodeJS.Timeout | undefined
  let timerMs = 0
  let isOpen = true
  let faultTold = false

  return {
    offer(answered) {
      try {
        if (isOpen && answered.job.rows !== 0 && isSampled(answered)) take(answered)
      } catch (error) {
        recorder.dropped('fault', 1)
        tellFault(error)
      }
    },
    close() {
      isOpen = false
      clearTimeout(timer)
      if (queue.length > 0) recorder.dropped('queue', examplesOf(queue))
      queue = []
      queuedBytes = 0
    },
  }

  function take(answered: AnsweredRequest): void {
    const { job, outputs, headers } = answered
    const pair = shadowPair(job, outputs, headerSlice(headers, options.sliceHeader))
    const examples = exampleCount(pair)
    if (now() < silentUntilMs) {
      recorder.dropped(silence, examples)
      return
    }
    const bytes = pairBytes(pair)
    if (bytes > limits.maxMessageBytes) {
      recorder.dropped('size', examples)
      return
    }
    if (queue.length >= limits.maxQueuedRequests || queuedBytes + bytes > limits.maxQueuedBytes) {
      recorder.dropped('queue', examples)
      return
    }
    queue.push({ origin: originOf(answered.model), pair: encodePair(pair), examples })
    queuedBytes += bytes
    schedule()
  }

  function tellFault(error: unknown): void {
    if (!faultTold) options.onFault(error)
    faultTold = true
  }

  /** A full message leaves in the next turn; fewer requests wait for company, since each message costs more than its pairs. */
  function schedule(): void {
    const isFull = queue.length >= limits.maxMessageRequests && inFlight < limits.maxInFlight
    if (timer !== undefined && !(isFull && timerMs > 0)) return
    clearTimeout(timer)
    timerMs = isFull ? 0 : limits.lingerMs
    timer = setTimeout(flush, timerMs).unref()
  }

  function flush(): void {
    timer = undefined
    while (queue.length > 0 && inFlight < limits.maxInFlight && isOpen) {
      const message = takeMessage()
      inFlight += 1
      void send(message)
    }
  }

  async function send(message: readonly Queued[]): Promise<void> {
    const pairs = message.map(({ pair }) => pair)
    try {
      const delivery = await deliver(encodeMessage(message[0]!.origin, pairs))
      inFlight -= 1
      settle(delivery, examplesOf(message))
    } catch (error) {
      inFlight -= 1
      recorder.dropped('fault', examplesOf(message))
      tellFault(error)
    }
    if (queue.length > 0) schedule()
  }

  /** The oldest requests that go to one model, as far as one message holds them. */
  function takeMessage(): Queued[] {
    const { origin } = queue[0]!
    const message: Queued[] = []
    let bytes = 0
    const rest = queue.filter((queued) => {
      const fits =
        queued.origin === origin &&
        message.length < Math.min(limits.maxMessageRequests, MAX_PAIRS) &&
        bytes + queued.pair.length <= limits.maxMessageBytes
      if (fits) {
        message.push(queued)
        bytes += queued.pair.length
      }
      return !fits
    })
    queue = rest
    queuedBytes -= bytes
    return message
  }

  function settle(delivery: Delivery, examples: number): void {
    if (delivery === 'delivered') {
      failures = 0
      recorder.sent(examples)
      return
    }
    recorder.dropped(delivery, examples)
    silence = delivery
    silentUntilMs = now() + Math.min(limits.maxBackOffMs, limits.minBackOffMs * 2 ** failures)
    failures += 1
    // What waited would be stale by then, and would only hold memory.
    if (queue.length > 0) recorder.dropped(delivery, examplesOf(queue))
    queue = []
    queuedBytes = 0
  }

  function originOf(model: ServedModel): Buffer {
    const known = origins.get(model)
    if (known !== undefined) return known
    const { name, version, digest, signature } = model
    const origin = encodeOrigin({ model: name, version, identity: options.identity ?? digest, signature })
    origins.set(model, origin)
    return origin
  }
}

function examplesOf(queued: readonly Queued[]): number {
  return queued.reduce((sum, { examples }) => sum + examples, 0)
}
