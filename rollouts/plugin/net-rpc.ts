import type { Buffer } from 'node:buffer'
import { describeError, ProtocolError } from './protocol-error.ts'
import { GobDecoder } from './gob-decoder.ts'
import type { GobLimits } from './gob-decoder.ts'
import { GobEncoder } from './gob-encoder.ts'
import { GobMessageReader } from './gob-message-reader.ts'
import { Schema, structOf } from './gob-schema.ts'
import type { EncodableValue, GobSchema } from './gob-schema.ts'
import { isGobStruct } from './gob-value.ts'
import type { GobValue } from './gob-value.ts'
import type { MessageBudget } from './message-budget.ts'
import type { StreamConsumer, YamuxStream } from './yamux-stream.ts'

/** One call while it runs. */
export interface RpcCall {
  /** Aborted when the deadline passes, the stream is gone, or the process is about to end. */
  readonly signal: AbortSignal
}

/** A method of a service. Both functions give values of the `reply` schema. */
export interface RpcMethod {
  readonly reply: GobSchema
  /** A throw is answered as an error of net/rpc with its message. */
  readonly call: (argument: GobValue, call: RpcCall) => EncodableValue | Promise<EncodableValue>
  /** What to answer when `call` does not end in time. */
  readonly late: (argument: GobValue) => EncodableValue
}

/** By service and method, as in `Plugin.Run`. */
export type RpcMethods = ReadonlyMap<string, RpcMethod>

export interface RpcOptions {
  readonly gobLimits: GobLimits
  readonly budget: MessageBudget
  readonly callDeadlineMs: number
  /** A reply above this is answered as an error instead. */
  readonly maxReplyBytes: number
  /** Runs a function later; the result takes it back. */
  readonly schedule: (delayMs: number, run: () => void) => () => void
  /** The stream cannot be understood any more. */
  readonly fail: (error: unknown) => void
}

/** What a call costs of the budget at least, so that a flood of small calls has a limit too. */
const LEAST_CALL_BYTES = 64 * 1024

const EMPTY = structOf('InvalidRequest', {})
const RESPONSE = structOf('Response', { ServiceMethod: Schema.string, Seq: Schema.uint, Error: Schema.string })

interface RequestHeader {
  readonly serviceMethod: string
  readonly sequence: number | bigint
}

/**
 * The serving side of Go's net/rpc (https://pkg.go.dev/net/rpc) on one stream: a header and an argument for each call,
 * a header and a reply for each answer. Calls run at the same time and are answered in the order in which they end.
 */
export class RpcConnection implements StreamConsumer {
  readonly #stream: YamuxStream
  readonly #methods: RpcMethods
  readonly #options: RpcOptions
  readonly #decoder: GobDecoder
  readonly #encoder = new GobEncoder()
  readonly #messages: GobMessageReader
  readonly #running = new Set<RunningCall>()
  #header: RequestHeader | undefined
  /** What the budget holds for the message that is being collected. */
  #reservedBytes = 0
  #waiting: (() => void) | undefined
  #state: 'open' | 'ending' | 'closed' = 'open'

  constructor(stream: YamuxStream, methods: RpcMethods, options: RpcOptions) {
    this.#stream = stream
    this.#methods = methods
    this.#options = options
    this.#decoder = new GobDecoder(options.gobLimits)
    this.#messages = new GobMessageReader({
      maxMessageBytes: options.gobLimits.maxMessageBytes,
      reserve: this.#reserve.bind(this),
      consumed: stream.refund.bind(stream),
    })
  }

  get runningCalls(): number {
    return this.#running.size
  }

  data(piece: Buffer): void {
    if (this.#state === 'closed') return
    this.#messages.push(piece)
    this.#read()
  }

  end(): void {
    if (this.#state === 'closed') return
    this.#state = 'ending'
    this.#endIfQuiet()
  }

  reset(): void {
    this.close('the stream is gone')
  }

  /** Drops all calls: nobody is there to read their answers, or will be soon. */
  close(reason: string): void {
    if (this.#state === 'closed') return
    this.#state = 'closed'
    if (this.#waiting !== undefined) this.#options.budget.withdraw(this.#waiting)
    this.#options.budget.release(this.#reservedBytes)
    this.#reservedBytes = 0
    for (const call of [...this.#running]) this.#finish(call, reason)
  }

  #reserve(messageBytes: number, granted: () => void): boolean {
    const bytes = Math.max(messageBytes, LEAST_CALL_BYTES)
    const grant = (): void => {
      this.#waiting = undefined
      this.#reservedBytes = bytes
      granted()
      // Not from within the release that made the room: that one is in the middle of an answer.
      queueMicrotask(() => {
        this.#read()
      })
    }
    if (!this.#options.budget.reserve(bytes, grant)) {
      this.#waiting = grant
      return false
    }
    this.#reservedBytes = bytes
    return true
  }

  #read(): void {
    try {
      while (this.#state !== 'closed') {
        const message = this.#messages.next()
        if (message === undefined) break
        const chargedBytes = this.#reservedBytes
        this.#reservedBytes = 0
        if (!this.#accept(message, chargedBytes)) this.#options.budget.release(chargedBytes)
      }
      this.#endIfQuiet()
    } catch (error) {
      this.close('the stream cannot be understood')
      this.#options.fail(error)
    }
  }

  /** True if a call began, which then owns what was charged. */
  #accept(message: Buffer, chargedBytes: number): boolean {
    const decoded = this.#decoder.accept(message)
    if (decoded === undefined) return false
    if (this.#header === undefined) {
      this.#header = readRequestHeader(decoded.value)
      return false
    }
    const header = this.#header
    this.#header = undefined
    this.#start(new RunningCall(header, chargedBytes), decoded.value)
    return true
  }

  #start(call: RunningCall, argument: GobValue): void {
    this.#running.add(call)
    const { serviceMethod } = call.header
    const method = this.#methods.get(serviceMethod)
    if (method === undefined) {
      this.#refuse(call, `rpc: can't find method ${serviceMethod}`)
      return
    }
    try {
      const reply = method.call(argument, call)
      if (reply instanceof Promise) this.#await(call, method, argument, reply)
      else this.#answer(call, method.reply, reply)
    } catch (error) {
      this.#refuse(call, describeError(error))
    }
  }

  #await(call: RunningCall, method: RpcMethod, argument: GobValue, reply: Promise<EncodableValue>): void {
    const { callDeadlineMs } = this.#options
    call.cancelDeadline = this.#options.schedule(callDeadlineMs, () => {
      this.#guard(() => {
        this.#answer(call, method.reply, method.late(argument), `no answer within ${callDeadlineMs} ms`)
      })
    })
    reply.then(
      (value) => {
        this.#guard(() => {
          this.#answer(call, method.reply, value)
        })
      },
      (error: unknown) => {
        this.#guard(() => {
          this.#refuse(call, describeError(error))
        })
      },
    )
  }

  /** Outside of a read there is no caller to throw to. */
  #guard(run: () => void): void {
    try {
      run()
    } catch (error) {
      this.#options.fail(error)
    }
  }

  /** Both parts are encoded and queued in one go: descriptors have to arrive in the order of encoding. */
  #answer(call: RunningCall, schema: GobSchema, value: EncodableValue, abortReason?: string): void {
    if (!this.#running.has(call)) return
    const { serviceMethod, sequence } = call.header
    const size = this.#stream.writable ? roughBytes(value) : 0
    if (size > this.#options.maxReplyBytes) {
      this.#refuse(
        call,
        `Cannot answer ${serviceMethod}: reply of ${size} bytes is above ${this.#options.maxReplyBytes}`,
      )
      return
    }
    const header = { schema: RESPONSE, value: { ServiceMethod: serviceMethod, Seq: sequence } }
    const bytes = this.#encoder.encode([header, { schema, value }])
    this.#finish(call, abortReason)
    this.#stream.write(bytes)
    this.#endIfQuiet()
  }

  #refuse(call: RunningCall, reason: string): void {
    if (!this.#running.has(call)) return
    const { serviceMethod, sequence } = call.header
    const header = { ServiceMethod: serviceMethod, Seq: sequence, Error: reason === '' ? 'unknown error' : reason }
    const bytes = this.#encoder.encode([
      { schema: RESPONSE, value: header },
      { schema: EMPTY, value: {} },
    ])
    this.#finish(call, undefined)
    this.#stream.write(bytes)
    this.#endIfQuiet()
  }

  #finish(call: RunningCall, abortReason: string | undefined): void {
    if (!this.#running.delete(call)) return
    call.cancelDeadline()
    if (abortReason !== undefined) call.abort(abortReason)
    this.#options.budget.release(call.chargedBytes)
  }

  #endIfQuiet(): void {
    if (this.#state !== 'ending' || this.#running.size > 0 || this.#waiting !== undefined) return
    if (!this.#messages.idle || this.#header !== undefined || this.#decoder.paused) {
      this.#state = 'closed'
      this.#options.fail(new ProtocolError('rpc', 'Cannot read call: the stream ended in the middle of it'))
      return
    }
    this.#state = 'closed'
    this.#stream.end()
  }
}

/** The controller of the signal is made only if somebody asks for the signal: most calls never do. */
class RunningCall implements RpcCall {
  readonly header: RequestHeader
  readonly chargedBytes: number
  cancelDeadline: () => void = () => undefined
  #controller: AbortController | undefined
  #abortReason: string | undefined

  constructor(header: RequestHeader, chargedBytes: number) {
    this.header = header
    this.chargedBytes = chargedBytes
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController()
      if (this.#abortReason !== undefined) this.#controller.abort(this.#error(this.#abortReason))
    }
    return this.#controller.signal
  }

  abort(reason: string): void {
    this.#abortReason ??= reason
    this.#controller?.abort(this.#error(reason))
  }

  #error(reason: string): Error {
    return new Error(`Cannot go on with ${this.header.serviceMethod}: ${reason}`)
  }
}

function readRequestHeader(value: GobValue): RequestHeader {
  if (!isGobStruct(value)) throw new ProtocolError('rpc', 'Cannot read call: header is not a struct')
  const { ServiceMethod: serviceMethod = '', Seq: sequence = 0 } = value
  if (typeof serviceMethod !== 'string' || (typeof sequence !== 'number' && typeof sequence !== 'bigint')) {
    throw new ProtocolError('rpc', 'Cannot read call: header must have ServiceMethod string and Seq uint64')
  }
  if (sequence < 0) throw new ProtocolError('rpc', `Cannot read call: Seq must not be negative, received ${sequence}`)
  return { serviceMethod, sequence }
}

/** The strings and bytes of a reply; all else in it is small. */
function roughBytes(value: EncodableValue): number {
  if (typeof value === 'string' || value instanceof Uint8Array) return value.length
  if (typeof value !== 'object') return 0
  let size = 0
  if (value instanceof Map) {
    for (const [key, element] of value as ReadonlyMap<EncodableValue, EncodableValue>) {
      size += roughBytes(key) + roughBytes(element)
    }
  } else {
    for (const part of Object.values(value) as EncodableValue[]) size += roughBytes(part)
  }
  return size
}
