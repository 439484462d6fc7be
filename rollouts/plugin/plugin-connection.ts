import type { Buffer } from 'node:buffer'
import { controlMethods } from './control-service.ts'
import { DEFAULT_GOB_LIMITS } from './gob-decoder.ts'
import type { GobLimits } from './gob-decoder.ts'
import { MessageBudget } from './message-budget.ts'
import { MuxBroker } from './mux-broker.ts'
import { RpcConnection } from './net-rpc.ts'
import type { RpcMethods, RpcOptions } from './net-rpc.ts'
import { DEFAULT_YAMUX_LIMITS, YamuxSession } from './yamux-session.ts'
import type { YamuxLimits } from './yamux-session.ts'
import type { YamuxStream } from './yamux-stream.ts'

export interface ConnectionLimits {
  readonly yamux: YamuxLimits
  readonly gob: GobLimits
  /**
   * All messages that are collected, decoded or answered at one time; each counts as at least 64 KiB. At least as much
   * as the largest message. Decoded, an object takes about five times its size on the wire.
   */
  readonly maxBytesInFlight: number
  readonly maxReplyBytes: number
  /** A call that has no answer by then gets the one that the kind of plugin has for it. */
  readonly callDeadlineMs: number
}

export const DEFAULT_CONNECTION_LIMITS: ConnectionLimits = {
  yamux: DEFAULT_YAMUX_LIMITS,
  gob: DEFAULT_GOB_LIMITS,
  maxBytesInFlight: 32 * 1024 * 1024,
  maxReplyBytes: 16 * 1024 * 1024,
  callDeadlineMs: 30_000,
}

export interface PluginConnectionOptions {
  /** The name that the client dispenses. */
  readonly dispenseName: string
  readonly methods: RpcMethods
  readonly limits: ConnectionLimits
  readonly write: (bytes: Buffer) => void
  readonly schedule: RpcOptions['schedule']
  /** The client asked the process to end. */
  readonly quit: () => void
  /** The connection cannot go on; nothing more will be answered. */
  readonly fail: (error: unknown) => void
}

/** What a control stream carries is tiny; its own allowance keeps pings going while calls fill theirs. */
const CONTROL_MESSAGE_BYTES = 64 * 1024
const CONTROL_BUDGET_BYTES = 4 * 1024 * 1024

/** One connection of go-plugin's net/rpc protocol, above the socket. */
export class PluginConnection {
  readonly #options: PluginConnectionOptions
  readonly #session: YamuxSession
  readonly #broker = new MuxBroker()
  readonly #budget: MessageBudget
  readonly #connections = new Set<RpcConnection>()
  #acceptedStreams = 0

  constructor(options: PluginConnectionOptions) {
    this.#options = options
    this.#budget = new MessageBudget(options.limits.maxBytesInFlight)
    this.#session = new YamuxSession({
      write: options.write,
      accept: this.#accept.bind(this),
      limits: options.limits.yamux,
    })
  }

  get runningCalls(): number {
    return [...this.#connections].reduce((sum, connection) => sum + connection.runningCalls, 0)
  }

  receive(chunk: Buffer): void {
    try {
      this.#session.receive(chunk)
    } catch (error) {
      this.#options.fail(error)
    }
  }

  /** Aborts all calls and forgets the streams. */
  close(reason: string): void {
    for (const connection of this.#connections) connection.close(reason)
    this.#session.end()
  }

  /** The order tells what a stream is for: control, standard output, standard error, then those of the broker. */
  #accept(stream: YamuxStream): void {
    this.#acceptedStreams += 1
    if (this.#acceptedStreams === 1) this.#serveControl(stream)
    else if (this.#acceptedStreams <= 3) ignore(stream)
    else this.#broker.accept(stream)
  }

  #serveControl(stream: YamuxStream): void {
    const methods = controlMethods({
      dispense: (name) => (name === this.#options.dispenseName ? this.#broker.reserve(this.#servePlugin) : undefined),
      quit: this.#options.quit,
    })
    const gobLimits = { ...this.#options.limits.gob, maxMessageBytes: CONTROL_MESSAGE_BYTES }
    stream.attach(this.#connect(stream, methods, gobLimits, new MessageBudget(CONTROL_BUDGET_BYTES)))
  }

  readonly #servePlugin = (stream: YamuxStream): RpcConnection =>
    this.#connect(stream, this.#options.methods, this.#options.limits.gob, this.#budget)

  #connect(stream: YamuxStream, methods: RpcMethods, gobLimits: GobLimits, budget: MessageBudget): RpcConnection {
    const { limits, schedule, fail } = this.#options
    const connection = new RpcConnection(stream, methods, {
      gobLimits,
      budget,
      callDeadlineMs: limits.callDeadlineMs,
      maxReplyBytes: limits.maxReplyBytes,
      schedule,
      fail,
    })
    this.#connections.add(connection)
    return connection
  }
}

/** The client copies these two streams to its own output. Nothing is written to them: logs go to standard error. */
function ignore(stream: YamuxStream): void {
  stream.attach({
    data: (piece) => {
      stream.refund(piece.length)
    },
    end: () => {
      stream.end()
    },
    reset: () => undefined,
  })
}
