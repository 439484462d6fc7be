/*
 * A traffic router that keeps the weights in memory. A real one would write them to a router's configuration.
 *
 *     trafficRouterPlugins: |-
 *       - name: example/memory
 *         location: file:///plugins/traffic-router-example
 *
 *     trafficRouting:
 *       plugins:
 *         example/memory: {}
 */
import { nodePluginProcess, servePlugin, trafficRouterPlugin } from '#plugin'
import type { Rollout, TrafficRouterPlugin } from '#plugin'

const weights = new Map<string, number>()

function keyOf(rollout: Rollout): string {
  const { namespace, name } = rollout.metadata
  return `${namespace}/${name}`
}

const plugin: TrafficRouterPlugin = {
  type: 'memory',
  updateHash: () => undefined,
  setWeight: (rollout, { desiredWeight }) => void weights.set(keyOf(rollout), desiredWeight),
  // Of a rollout that this process has not seen yet nothing can be said; that is not the same as a wrong weight.
  verifyWeight: (rollout, { desiredWeight }) => {
    const weight = weights.get(keyOf(rollout))
    return weight === undefined ? undefined : weight === desiredWeight
  },
  setHeaderRoute: () => {
    throw new Error('Cannot set header route: the memory router has no headers')
  },
  setMirrorRoute: () => {
    throw new Error('Cannot set mirror route: the memory router has no mirrors')
  },
  removeManagedRoutes: () => undefined,
}

servePlugin(trafficRouterPlugin(plugin), nodePluginProcess(process, Date.now))
