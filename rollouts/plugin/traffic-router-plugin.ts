import { argumentOf, numberField, structField, structsField, textField } from './argument-reader.ts'
import type { EncodableStruct } from './gob-schema.ts'
import { Schema, structOf } from './gob-schema.ts'
import type { GobStruct, GobValue } from './gob-value.ts'
import type { RpcCall, RpcMethod } from './net-rpc.ts'
import { createPluginSetup } from './plugin-setup.ts'
import type { PluginSource } from './plugin-setup.ts'
import { answerRpcError, encodeRpcError, lateRpcError, RPC_ERROR } from './rpc-error.ts'
import { viewHeaderRoute, viewMirrorRoute } from './route-view.ts'
import type { HeaderRoute, MirrorRoute } from './route-view.ts'
import { viewRollout, viewWeightDestination } from './rollout-view.ts'
import type { Rollout, WeightDestination } from './rollout-view.ts'
import type { PluginService } from './serve.ts'

/** What goes together with a weight. */
export interface WeightRequest {
  /** Percent of the traffic for the canary. */
  readonly desiredWeight: number
  readonly additionalDestinations: readonly WeightDestination[]
}

export interface HashRequest {
  readonly canaryHash: string
  readonly stableHash: string
  readonly additionalDestinations: readonly WeightDestination[]
}

/** A traffic router: what `trafficRouting.plugins` names. A throw becomes an error that the controller retries. */
export interface TrafficRouterPlugin {
  readonly type: string
  /** Called before the first call, and again before later ones as long as it throws. */
  initPlugin?(): void | Promise<void>
  updateHash(rollout: Rollout, request: HashRequest, call: RpcCall): void | Promise<void>
  setWeight(rollout: Rollout, request: WeightRequest, call: RpcCall): void | Promise<void>
  /** Whether the weight is in effect; undefined if that cannot be told, and then it is taken to be. */
  verifyWeight(
    rollout: Rollout,
    request: WeightRequest,
    call: RpcCall,
  ): boolean | undefined | Promise<boolean | undefined>
  setHeaderRoute(rollout: Rollout, route: HeaderRoute, call: RpcCall): void | Promise<void>
  setMirrorRoute(rollout: Rollout, route: MirrorRoute, call: RpcCall): void | Promise<void>
  removeManagedRoutes(rollout: Rollout, call: RpcCall): void | Promise<void>
}

/** types.RpcVerified. */
const Verified = { no: 0, yes: 1, notImplemented: 2 } as const

/** The Go type rpc.VerifyWeightResponse. */
const VERIFY_WEIGHT_RESPONSE = structOf('VerifyWeightResponse', { Verified: Schema.int, Err: RPC_ERROR })

type Act = (plugin: TrafficRouterPlugin, rollout: Rollout, args: GobStruct, call: RpcCall) => void | Promise<void>

/** Serves a traffic router. */
export function trafficRouterPlugin(source: PluginSource<TrafficRouterPlugin>): PluginService {
  return {
    cookie: 'trafficrouter',
    dispenseName: 'RpcTrafficRouterPlugin',
    open: () => {
      const setup = createPluginSetup(source)
      setup.begin()
      const acting = (method: string, typeName: string, act: Act): [string, RpcMethod] => [
        `Plugin.${method}`,
        {
          reply: RPC_ERROR,
          call: (argument, call) => {
            const args = argumentOf(argument, typeName)
            return answerRpcError(async () => {
              await act(await setup.ready(), viewRollout(structField(args, 'Rollout')), args, call)
            })
          },
          late: lateRpcError(method),
        },
      ]
      return new Map<string, RpcMethod>([
        acting('UpdateHash', 'UpdateHashArgs', (plugin, rollout, args, call) =>
          plugin.updateHash(rollout, viewHashRequest(args), call),
        ),
        acting('SetWeight', 'SetWeightAndVerifyWeightArgs', (plugin, rollout, args, call) =>
          plugin.setWeight(rollout, viewWeightRequest(args), call),
        ),
        acting('SetHeaderRoute', 'SetHeaderArgs', (plugin, rollout, args, call) =>
          plugin.setHeaderRoute(rollout, viewHeaderRoute(structField(args, 'SetHeaderRoute')), call),
        ),
        acting('SetMirrorRoute', 'SetMirrorArgs', (plugin, rollout, args, call) =>
          plugin.setMirrorRoute(rollout, viewMirrorRoute(structField(args, 'SetMirrorRoute')), call),
        ),
        acting('RemoveManagedRoutes', 'RemoveManagedRoutesArgs', (plugin, rollout, _args, call) =>
          plugin.removeManagedRoutes(rollout, call),
        ),
        [
          'Plugin.VerifyWeight',
          {
            reply: VERIFY_WEIGHT_RESPONSE,
            call: (argument, call) => verifyWeight(setup.ready.bind(setup), argument, call),
            late: () => ({ Verified: Verified.no, Err: lateRpcError('VerifyWeight')() }),
          },
        ],
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

async function verifyWeight(
  ready: () => Promise<TrafficRouterPlugin>,
  argument: GobValue,
  call: RpcCall,
): Promise<EncodableStruct> {
  const args = argumentOf(argument, 'SetWeightAndVerifyWeightArgs')
  try {
    const plugin = await ready()
    const verified = await plugin.verifyWeight(viewRollout(structField(args, 'Rollout')), viewWeightRequest(args), call)
    if (verified === undefined) return { Verified: Verified.notImplemented, Err: {} }
    return { Verified: verified ? Verified.yes : Verified.no, Err: {} }
  } catch (error) {
    return { Verified: Verified.no, Err: encodeRpcError(error) }
  }
}

function viewHashRequest(args: GobStruct): HashRequest {
  return {
    canaryHash: textField(args, 'CanaryHash'),
    stableHash: textField(args, 'StableHash'),
    additionalDestinations: structsField(args, 'AdditionalDestinations').map(viewWeightDestination),
  }
}

function viewWeightRequest(args: GobStruct): WeightRequest {
  return {
    desiredWeight: numberField(args, 'DesiredWeight'),
    additionalDestinations: structsField(args, 'AdditionalDestinations').map(viewWeightDestination),
  }
}
