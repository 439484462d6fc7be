import { Schema, structOf } from './gob-schema.ts'
import type { RpcMethod, RpcMethods } from './net-rpc.ts'

export interface ControlHandlers {
  /** The id under which the client can open the plugin with this name; undefined if there is no such plugin. */
  readonly dispense: (name: string) => number | undefined
  /** The client asked the process to end. */
  readonly quit: () => void
}

/** Go's `struct{}`. */
const NOTHING = structOf('', {})

/**
 * The services of go-plugin's control stream (https://github.com/hashicorp/go-plugin/blob/main/rpc_server.go). All of
 * them answer at once, whatever the plugin is busy with: a client holds a lock while it pings, waits for the answer to
 * Quit without a limit, and never recovers from a Dispense that failed.
 */
export function controlMethods(handlers: ControlHandlers): RpcMethods {
  return new Map<string, RpcMethod>([
    ['Control.Ping', { reply: NOTHING, call: () => ({}), late: () => ({}) }],
    [
      'Control.Quit',
      {
        reply: NOTHING,
        call: () => {
          // The answer is written in this turn; everything else has to wait for the next one.
          queueMicrotask(handlers.quit)
          return {}
        },
        late: () => ({}),
      },
    ],
    [
      'Dispenser.Dispense',
      {
        reply: Schema.uint,
        call: (name) => {
          const id = typeof name === 'string' ? handlers.dispense(name) : undefined
          if (id === undefined) throw new Error(`unknown plugin type: ${typeof name === 'string' ? name : typeof name}`)
          return id
        },
        late: () => 0,
      },
    ],
  ])
}
