import { mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePorts } from './free-port.ts'
import type { ModelPod } from './model-pod.ts'
import { answers, until } from './poll.ts'
import type { ProcessTable, StartedProcess } from './process-table.ts'

/** A real Prometheus that scrapes every second. */
export interface PrometheusServer {
  /** For example `http://127.0.0.1:9090`. */
  readonly address: string
  /** Names the pods of a namespace, with the labels that a scrape of Kubernetes pods carries. */
  setTargets(namespace: string, pods: readonly ModelPod[]): void
  /** SIGKILL; the data stays. */
  kill(): Promise<void>
  /** Starts it again on the same address and data. */
  start(): Promise<void>
}

export async function createPrometheusServer(
  processes: ProcessTable,
  name: string,
  folder: string,
): Promise<PrometheusServer> {
  const targets = join(folder, 'targets')
  mkdirSync(targets, { recursive: true })
  const [port] = (await freePorts(1)) as [number]
  const address = `http://127.0.0.1:${port}`
  // JSON is YAML.
  writeFileSync(
    join(folder, 'prometheus.yml'),
    JSON.stringify({
      global: { scrape_interval: '1s', scrape_timeout: '1s' },
      scrape_configs: [
        { job_name: 'pods', file_sd_configs: [{ files: [`${targets}/*.json`], refresh_interval: '1s' }] },
      ],
    }),
  )
  let running: StartedProcess | undefined

  return {
    address,
    setTargets(namespace, pods) {
      const groups = pods.map((pod) => ({
        targets: [pod.address()],
        labels: { namespace, pod: pod.name, rollouts_pod_template_hash: pod.podTemplateHash },
      }))
      const path = join(targets, `${namespace}.json`)
      // Whole or not at all: Prometheus may read at any moment. The name without `.json` is not looked at.
      writeFileSync(`${path}.part`, JSON.stringify(groups))
      renameSync(`${path}.part`, path)
    },
    async kill() {
      if (running !== undefined) await processes.stop(running, 'SIGKILL')
    },
    async start() {
      running = processes.start(name, 'prometheus', [
        `--config.file=${join(folder, 'prometheus.yml')}`,
        `--storage.tsdb.path=${join(folder, 'data')}`,
        ...['--storage.tsdb.retention.time=2h', `--web.listen-address=127.0.0.1:${port}`, '--log.level=warn'],
      ])
      await until('a ready Prometheus', () => answers(`${address}/-/ready`), { timeoutMs: 30_000 })
    },
  }
}
