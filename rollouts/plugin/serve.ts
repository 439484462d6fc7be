import type { Buffer } from 'node:buffer'
import { createServer } from 'node:net'
import type { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { checkHandshake, handshakeLine } from './handshake.ts'
import type { PluginCookie } from './handshake.ts'
import { createHclog } from './hclog.ts'
import type { Hclog } from './hclog.ts'
import { DEFAULT_CONNECTION_LIMITS, PluginConnection } from './plugin-connection.ts'
import type { ConnectionLimits } from './plugin-connection.ts'
import type { PluginProcess } from './plugin-process.ts'
import { describeError } from './protocol-error.ts'
import type { RpcMethods } from './net-rpc.ts'
import { createSocketDirectory } from './socket-directory.ts'

/** What a service may use of its host. */
export interface ServiceHost {
  readonly log: Hclog
  readonly nowMs: () => number
}

/** One kind of plugin, ready to be served. `metricPlugin`, `stepPlugin` and `trafficRouterPlugin` make them. */
export interface PluginService {
  readonly cookie: PluginCookie
  readonly dispenseName: string
  /** Called once, after the handshake went out: what is slow to load belongs here. */
  readonly open: (host: ServiceHost) => RpcMethods
}

export interface ServeOptions {
  readonly limits?: Partial<ConnectionLimits>
  /** The name in the controller's log lines. */
  readonly module?: string
  /** The client has to connect within this time; it gives up itself after 60 s. */
  readonly connectDeadlineMs?: number
}

const PARENT_POLL_MS = 1000
const CONNECT_DEADLINE_MS = 120_000
/** After the answer to Quit the client closes the socket itself; 2 s later it would kill the process. */
const QUIT_GRACE_MS = 1000

/**
 * Serves one plugin to the controller that started the process, until the controller goes. Standard output carries the
 * handshake line alone, and standard error logs. The process ends:
 *
 * - with 1 when it cannot start, when the client breaks a protocol, and on an uncaught error: the controller starts a
 *   fresh one, whereas a stream that is out of step would stay broken and its pings would still succeed;
 * - with 0 on Quit, on SIGTERM, when the socket closes, and when the parent is gone. SIGINT is ignored: in a terminal it
 *   reaches the plugin together with the controller, which then asks it to quit.
 */
export function servePlugin(service: PluginService, owner: PluginProcess, options: ServeOptions = {}): void {
  try {
    checkHandshake(owner.env, service.cookie)
  } catch (error) {
    owner.writeErr(`${describeError(error)}\n`)
    owner.exit(1)
    return
  }
  new PluginServer(service, owner, options).start()
}

class PluginServer {
  readonly #service: PluginService
  readonly #owner: PluginProcess
  readonly #options: ServeOptions
  readonly #log: Hclog
  #methods: RpcMethods | undefined
  #connection: PluginConnection | undefined
  /** What there is to undo at the end; the last thing opened is closed first. */
  readonly #closers: (() => void)[] = []
  #ended = false

  constructor(service: PluginService, owner: PluginProcess, options: ServeOptions) {
    this.#service = service
    this.#owner = owner
    this.#options = options
    this.#log = createHclog({
      module: options.module ?? service.cookie,
      nowMs: owner.nowMs.bind(owner),
      write: owner.writeErr.bind(owner),
    })
  }

  start(): void {
    const owner = this.#owner
    owner.onSignal('SIGINT', () => undefined)
    owner.onSignal('SIGTERM', () => {
      this.#end(0, 'received SIGTERM')
    })
    owner.onUncaught(this.#fail)
    owner.takeOverStdout((text) => {
      this.#log.debug('text written to standard output', { text: text.trimEnd() })
    })
    this.#watchParent(owner.parentPid())
    try {
      this.#listen()
    } catch (error) {
      this.#fail(error)
    }
  }

  #listen(): void {
    const owner = this.#owner
    // go-plugin hosts can name a directory that a sandboxed plugin is able to write.
    const directory = createSocketDirectory(owner.env.PLUGIN_UNIX_SOCKET_DIR || tmpdir(), owner)
    this.#closers.unshift(() => {
      directory.remove()
    })
    const server = createServer({ noDelay: true }, (socket) => {
      // One client, ever: whoever connects later is not the controller.
      server.close()
      directory.remove()
      if (this.#connection === undefined && this.#methods !== undefined) this.#serve(socket, this.#methods)
      else socket.destroy()
    })
    this.#closers.unshift(() => server.close())
    server.on('error', this.#fail)
    server.listen(directory.socketPath, () => {
      owner.writeOut(handshakeLine(directory.socketPath), () => {
        this.#end(1, 'the controller does not read standard output')
      })
      owner.schedule(this.#options.connectDeadlineMs ?? CONNECT_DEADLINE_MS, () => {
        if (this.#connection === undefined) this.#end(1, 'no controller connected')
      })
      this.#open()
    })
  }

  #open(): void {
    try {
      this.#methods = this.#service.open({ log: this.#log, nowMs: this.#owner.nowMs.bind(this.#owner) })
    } catch (error) {
      this.#fail(error)
    }
  }

  #serve(socket: Socket, methods: RpcMethods): void {
    const owner = this.#owner
    const writer = createBatchedWriter(socket)
    // A go-away that waits for the end of the turn would never leave.
    this.#closers.unshift(() => {
      writer.flush()
      socket.end()
    })
    const connection = new PluginConnection({
      dispenseName: this.#service.dispenseName,
      methods,
      limits: { ...DEFAULT_CONNECTION_LIMITS, ...this.#options.limits },
      write: writer.write.bind(writer),
      schedule: owner.schedule.bind(owner),
      quit: () => {
        connection.close('the controller asked the plugin to quit')
        owner.schedule(QUIT_GRACE_MS, () => {
          this.#end(0, 'the controller asked the plugin to quit')
        })
      },
      fail: this.#fail,
    })
    this.#connection = connection
    socket.on('data', connection.receive.bind(connection))
    // Writes to a client that has just gone fail; that it is gone is what counts, and 'close' tells.
    socket.on('error', (error) => {
      this.#log.debug('socket error', { error })
    })
    socket.on('close', () => {
      this.#end(0, 'the controller closed the connection')
    })
  }

  readonly #fail = (error: unknown): void => {
    if (this.#ended) return
    this.#log.error(describeError(error), error instanceof Error ? { stack: error.stack } : {})
    this.#end(1, 'the plugin cannot go on')
  }

  /** A controller that was killed sends nothing, and its socket closes; this is for those that never connected. */
  #watchParent(parentPid: number): void {
    this.#owner.schedule(PARENT_POLL_MS, () => {
      if (this.#owner.parentPid() === parentPid) this.#watchParent(parentPid)
      else this.#end(0, 'the controller is gone')
    })
  }

  #end(code: number, reason: string): void {
    if (this.#ended) return
    this.#ended = true
    this.#log.debug('plugin ends', { reason, code })
    this.#connection?.close(reason)
    for (const close of this.#closers) close()
    this.#owner.exit(code)
  }
}

interface BatchedWriter {
  write(bytes: Buffer): void
  flush(): void
}

/** Answers of one turn of the event loop leave in one system call. */
function createBatchedWriter(socket: Socket): BatchedWriter {
  let corked = false
  const flush = (): void => {
    if (!corked) return
    corked = false
    socket.uncork()
  }
  return {
    write: (bytes) => {
      if (!corked) {
        corked = true
        socket.cork()
        queueMicrotask(flush)
      }
      socket.write(bytes)
    },
    flush,
  }
}
