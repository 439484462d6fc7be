import { readFile } from 'node:fs/promises'
import { connectPrometheus, prometheusClient, type PrometheusClient, type PrometheusSettings } from '#evidence'
import { createMetricProvider, readCluster } from '#metrics'
import type { MetricPlugin } from '#plugin'
import { kubernetesApi } from './kubernetes-access.ts'

/** Clients for different connections; a controller has a handful. */
const MAX_CLIENTS = 64

/** The metric provider `modelgate/slo` in the world of its process. */
export function openMetricPlugin(env: Readonly<Record<string, string | undefined>>, now: () => number): MetricPlugin {
  return createMetricProvider({ now, cluster: readCluster(kubernetesApi(env)), connect: connectOnce() })
}

/** Keeps one client for each connection, so that its sockets are used again. */
export function connectOnce(): (settings: PrometheusSettings) => Promise<PrometheusClient> {
  const clients = new Map<string, Promise<PrometheusClient>>()
  return (settings) => {
    const key = JSON.stringify(settings)
    let client = clients.get(key)
    if (client !== undefined) return client
    if (clients.size >= MAX_CLIENTS) clients.clear()
    client = connectPrometheus(settings, (path) => readFile(path, 'utf8')).then(prometheusClient)
    clients.set(key, client)
    client.catch(() => clients.delete(key))
    return client
  }
}
