import { argumentOf, jsonField, structField, textField } from './argument-reader.ts'
import { Buffer } from 'node:buffer'
import type { EncodableStruct } from './gob-schema.ts'
import { Schema, structOf } from './gob-schema.ts'
import type { GobStruct, GobValue } from './gob-value.ts'
import type { RpcCall, RpcMethod } from './net-rpc.ts'
import { createPluginSetup } from './plugin-setup.ts'
import type { PluginSource } from './plugin-setup.ts'
import { answerRpcError, encodeRpcError, lateRpcError, RPC_ERROR } from './rpc-error.ts'
import { viewRollout } from './rollout-view.ts'
import type { Rollout } from './rollout-view.ts'
import type { PluginService } from './serve.ts'

/** What the controller tells about the step. */
export interface StepContext {
  readonly pluginName: string
  /** The step's `config`, parsed; undefined if it has none. */
  readonly config: unknown
  /** What the last call returned as `status`. */
  readonly status: unknown
}

/**
 * How a step stands. There is no phase Error: the controller stops calling a step for good after one, so a plugin
 * throws instead, and the controller tries again after 30 s.
 */
export interface StepResult {
  readonly phase: 'Running' | 'Successful' | 'Failed'
  readonly message?: string | undefined
  /** When to call again while Running, in milliseconds; the controller takes 30 s for anything up to 10 s. */
  readonly requeueAfterMs?: number | undefined
  /** Anything that JSON can hold; kept in the Rollout and handed back. */
  readonly status?: unknown
}

/** A step of a canary: what `steps[].plugin` names. A throw becomes an error that the controller retries. */
export interface StepPlugin {
  readonly type: string
  /** Called before the first call, and again before later ones as long as it throws. */
  initPlugin?(): void | Promise<void>
  run(rollout: Rollout, context: StepContext, call: RpcCall): StepResult | Promise<StepResult>
  /** The rollout was promoted in full while the step was Running. Called once, so it must end what it has to. */
  terminate(rollout: Rollout, context: StepContext, call: RpcCall): StepResult | Promise<StepResult>
  /** The rollout was aborted after the step ran. Called once. */
  abort(rollout: Rollout, context: StepContext, call: RpcCall): StepResult | Promise<StepResult>
}

const PHASES: readonly string[] = ['Running', 'Successful', 'Failed'] satisfies StepResult['phase'][]
const NANOSECONDS_PER_MS = 1_000_000n

/** The Go type rpc.Response of the step plugin. */
const RESPONSE = structOf('Response', {
  Result: structOf('RpcStepResult', {
    Phase: Schema.string,
    Message: Schema.string,
    RequeueAfter: Schema.int,
    Status: Schema.bytes,
  }),
  Error: RPC_ERROR,
})

/** Serves a step plugin. */
export function stepPlugin(source: PluginSource<StepPlugin>): PluginService {
  return {
    cookie: 'step',
    dispenseName: 'RpcStepPlugin',
    open: (host) => {
      const setup = createPluginSetup(source)
      setup.begin()
      const stepping = (method: 'Run' | 'Terminate' | 'Abort'): [string, RpcMethod] => [
        `Plugin.${method}`,
        {
          reply: RESPONSE,
          call: async (argument, call) => {
            const args = argumentOf(argument, `step.${method}Args`)
            try {
              const plugin = await setup.ready()
              const rollout = viewRollout(structField(args, 'Rollout'))
              const context = viewContext(structField(args, 'Context'))
              return { Result: encodeStepResult(await plugin[METHODS[method]](rollout, context, call)), Error: {} }
            } catch (error) {
              host.log.warn('step failed', { error })
              return { Result: {}, Error: encodeRpcError(error) }
            }
          },
          late: (argument) => lateReply(method, argument),
        },
      ]
      return new Map<string, RpcMethod>([
        stepping('Run'),
        stepping('Terminate'),
        stepping('Abort'),
        [
          'Plugin.InitPlugin',
          {
            reply: RPC_ERROR,
            call: () => answerRpcError(() => setup.ready()),
            late: lateRpcError('InitPlugin'),
          },
        ],
        ['Plugin.Type', { reply: Schema.string, call: async () => (await setup.ready()).type, late: () => '' }],
      ])
    },
  }
}

const METHODS = { Run: 'run', Terminate: 'terminate', Abort: 'abort' } as const

/**
 * A Run without an answer stays Running with the status it had, so that nothing of it is lost. The others have to end,
 * and the controller turns a Running of theirs into Failed.
 */
function lateReply(method: 'Run' | 'Terminate' | 'Abort', argument: GobValue): EncodableStruct {
  if (method !== 'Run') return { Result: {}, Error: lateRpcError(method)() }
  const status = structField(argumentOf(argument, 'step.RunArgs'), 'Context').Status
  const message = 'Run had no answer in time'
  return {
    Result: { Phase: 'Running', Message: message, Status: status instanceof Uint8Array ? status : undefined },
    Error: {},
  }
}

function viewContext(context: GobStruct): StepContext {
  return {
    pluginName: textField(context, 'PluginName'),
    config: jsonField(context, 'Config'),
    status: jsonField(context, 'Status'),
  }
}

/** @throws TypeError or RangeError if a plugin, perhaps written without types, returned something else */
function encodeStepResult(result: StepResult): EncodableStruct {
  const { phase, message, requeueAfterMs = 0, status } = result
  if (!PHASES.includes(phase)) {
    throw new TypeError(
      `Cannot answer with step result: phase must be one of ${PHASES.join(', ')}, received ${JSON.stringify(phase)}`,
    )
  }
  if (message !== undefined && typeof message !== 'string') {
    throw new TypeError(`Cannot answer with step result: message must be a string, received ${typeof message}`)
  }
  if (!Number.isFinite(requeueAfterMs) || requeueAfterMs < 0) {
    throw new RangeError(`Cannot answer with step result: requeueAfterMs must be 0 or more, received ${requeueAfterMs}`)
  }
  return {
    Phase: phase,
    Message: message,
    RequeueAfter: BigInt(Math.round(requeueAfterMs)) * NANOSECONDS_PER_MS,
    Status: status === undefined ? undefined : Buffer.from(JSON.stringify(status)),
  }
}
