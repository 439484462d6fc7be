import { once } from 'node:events'
import { rename, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { InputError } from '#faults'
import type { LabelNames, ScrapeTarget } from '#evidence'

export interface DiscoveryOptions {
  /** File for Prometheus' `file_sd_configs`; it exists while there is something to scrape. */
  readonly path: string
  /** Port for `http_sd_configs`; none where absent. */
  readonly port: number | undefined
  readonly labels: LabelNames
  readonly namespace: string
}

/** Tells a Prometheus what to scrape. */
export interface Discovery {
  publish(targets: readonly ScrapeTarget[]): Promise<void>
  close(): Promise<void>
}

/**
 * Opens both ways in which Prometheus finds targets: a file and, where a port is given, HTTP
 * (https://prometheus.io/docs/prometheus/latest/http_sd/). Targets carry the labels that pods have in a cluster.
 *
 * @throws {InputError} where the port is taken
 */
export async function openDiscovery({ path, port, labels, namespace }: DiscoveryOptions): Promise<Discovery> {
  let text = '[]'
  const server = port === undefined ? undefined : await listen(port, () => text)
  return {
    async publish(targets) {
      text = JSON.stringify(
        targets.map((target) => group(target, labels, namespace)),
        null,
        2,
      )
      // Prometheus reads the file as soon as it changes; it must never see half of it.
      await writeFile(`${path}.new`, `${text}\n`)
      await rename(`${path}.new`, path)
    },
    async close() {
      await rm(path, { force: true })
      if (server === undefined) return
      server.close()
      server.closeAllConnections()
    },
  }
}

function group({ pod, podTemplateHash, url }: ScrapeTarget, labels: LabelNames, namespace: string): unknown {
  return {
    targets: [new URL(url).host],
    labels: { [labels.hash]: podTemplateHash, [labels.pod]: pod, [labels.namespace]: namespace },
  }
}

async function listen(port: number, text: () => string): Promise<Server> {
  const server = createServer((_, response) => {
    response.setHeader('content-type', 'application/json')
    response.end(text())
  })
  server.listen(port, '127.0.0.1')
  try {
    await once(server, 'listening')
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new InputError('the command line', [{ path: '--prometheus-discovery', text: reason }], { cause })
  }
  return server
}
