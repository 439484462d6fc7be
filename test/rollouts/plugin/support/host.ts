import type { Buffer } from 'node:buffer'
import { createHclog } from '../../../../rollouts/plugin/hclog.ts'
import { DEFAULT_CONNECTION_LIMITS, PluginConnection } from '../../../../rollouts/plugin/plugin-connection.ts'
import type { ConnectionLimits } from '../../../../rollouts/plugin/plugin-connection.ts'
import type { RpcMethods } from '../../../../rollouts/plugin/net-rpc.ts'
import type { ServiceHost } from '../../../../rollouts/plugin/serve.ts'
import { frameLog } from './client.ts'
import type { FrameLog } from './client.ts'

export const NOW_MS = Date.UTC(2026, 0, 2, 3, 4, 5)

export interface RecordingHost extends ServiceHost {
  readonly lines: string[]
}

/** A host whose clock stands still and whose log is a list. */
export function recordingHost(): RecordingHost {
  const lines: string[] = []
  const nowMs = (): number => NOW_MS
  return { lines, nowMs, log: createHclog({ module: 'test', nowMs, write: (line) => lines.push(line) }) }
}

export interface ServedConnection {
  readonly connection: PluginConnection
  readonly log: FrameLog
  readonly failures: unknown[]
  readonly quits: { count: number }
  /** Functions that the connection wants to be run later, by their delay. */
  readonly timers: { readonly delayMs: number; readonly run: () => void; cancelled: boolean }[]
}

/** A connection without a socket: what it sends is read by a client's frame reader. */
export function serveConnection(
  dispenseName: string,
  methods: RpcMethods,
  limits: Partial<ConnectionLimits> = {},
): ServedConnection {
  const log = frameLog()
  const failures: unknown[] = []
  const timers: ServedConnection['timers'] = []
  const quits = { count: 0 }
  const connection = new PluginConnection({
    dispenseName,
    methods,
    limits: { ...DEFAULT_CONNECTION_LIMITS, ...limits },
    write: (bytes: Buffer) => {
      log.receive(bytes)
    },
    schedule: (delayMs, run) => {
      const timer = { delayMs, run, cancelled: false }
      timers.push(timer)
      return () => {
        timer.cancelled = true
      }
    },
    quit: () => {
      quits.count += 1
    },
    fail: (error) => failures.push(error),
  })
  return { connection, log, failures, quits, timers }
}

/** Lets everything that is ready to run, run. */
export async function settle(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve))
}
