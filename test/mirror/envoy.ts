import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { z } from 'zod'
import { completed, documentedSettings } from './documented-settings.ts'
import type { Router, RouterPlan } from './router.ts'

const EXTENSIONS = 'type.googleapis.com/envoy.extensions.filters'

const Route = z.strictObject({
  route: z.strictObject({ cluster: z.literal('iris'), request_mirror_policies: z.array(z.unknown()).length(1) }),
})
const DestinationRule = z.object({
  spec: z.object({
    host: z.literal('iris-comparator'),
    trafficPolicy: z.object({
      connectionPool: z.object({
        tcp: z.object({ maxConnections: z.int() }),
        http: z.object({ http1MaxPendingRequests: z.int(), http2MaxRequests: z.int() }),
      }),
    }),
  }),
})

/** Envoy with the route that is documented for it; without time-outs, with the bounds that are documented for Istio. */
export function envoyRouter(binary: string): Router {
  const route = documentedSettings('yaml', 'request_mirror_policies')
  const rule = DestinationRule.parse(parse(documentedSettings('yaml', 'kind: DestinationRule')))
  const { tcp, http } = rule.spec.trafficPolicy.connectionPool
  const bounds = {
    max_connections: tcp.maxConnections,
    max_pending_requests: http.http1MaxPendingRequests,
    max_requests: http.http2MaxRequests,
  }
  return {
    title: 'Envoy',
    binary,
    sharesItself: true,
    holdsConnections: false,
    maxMirrorConnections: tcp.maxConnections,
    configure(folder, plan) {
      const path = join(folder, 'envoy.json')
      writeFileSync(path, JSON.stringify(configuration(route, bounds, plan)))
      return ['--config-path', path, '--use-dynamic-base-id', '--concurrency', '1', '--log-level', 'warn']
    },
  }
}

function configuration(settings: string, bounds: object, plan: RouterPlan): object {
  const shared = plan.share === 'documented' ? settings : completed(settings, { 'numerator: 10,': 'numerator: 100,' })
  const { route } = Route.parse(parse(shared))
  const isIstio = plan.timeouts === 'none'
  const action = isIstio ? { ...route, timeout: '0s' } : route
  const mirrored = cluster('iris-comparator', plan.comparator)
  const manager = {
    '@type': `${EXTENSIONS}.network.http_connection_manager.v3.HttpConnectionManager`,
    stat_prefix: 'users',
    route_config: {
      virtual_hosts: [{ name: 'iris', domains: ['*'], routes: [{ match: { prefix: '/' }, route: action }] }],
    },
    http_filters: [{ name: 'router', typed_config: { '@type': `${EXTENSIONS}.http.router.v3.Router` } }],
  }
  return {
    static_resources: {
      listeners: [
        {
          address: address(`127.0.0.1:${plan.port}`),
          filter_chains: [{ filters: [{ name: 'http', typed_config: manager }] }],
        },
      ],
      clusters: [
        cluster('iris', plan.stable),
        isIstio ? { ...mirrored, circuit_breakers: { thresholds: [bounds] } } : mirrored,
      ],
    },
  }
}

function cluster(name: string, at: string): object {
  const endpoints = [{ lb_endpoints: [{ endpoint: { address: address(at) } }] }]
  return { name, load_assignment: { cluster_name: name, endpoints } }
}

function address(at: string): object {
  const [host, port] = at.split(':')
  return { socket_address: { address: host, port_value: Number(port) } }
}
