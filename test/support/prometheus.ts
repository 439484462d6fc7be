import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { accessSync, constants } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'

/** One address that Prometheus scrapes, with the labels it gives to everything it finds there. */
export interface PrometheusTarget {
  /** Host and port. */
  readonly address: string
  readonly labels: Readonly<Record<string, string>>
}

/** Path of the machine's Prometheus; undefined where there is none. */
export function findPrometheus(): string | undefined {
  return (process.env['PATH'] ?? '')
    .split(delimiter)
    .map((folder) => join(folder, 'prometheus'))
    .find(isExecutable)
}

/**
 * Whether tests against a real Prometheus can run. Where they cannot, says so aloud; in continuous integration that is a
 * failure, since nobody would read the line.
 */
export function hasPrometheus(): boolean {
  if (findPrometheus() !== undefined) return true
  if (process.env['CI'] === 'true') throw new Error("Cannot run the tests: no 'prometheus' on PATH")
  process.stderr.write("SKIPPED: tests against a real Prometheus (no 'prometheus' on PATH)\n")
  return false
}

/** A real Prometheus with a data folder of its own. */
export class RealPrometheus {
  readonly address: string
  readonly #folder: string
  readonly #port: number
  #child: ChildProcess | undefined
  #log = ''

  private constructor(folder: string, port: number) {
    this.#folder = folder
    this.#port = port
    this.address = `http://127.0.0.1:${port}`
  }

  /** Starts it and waits until it answers. The scrape interval is in milliseconds. */
  static async start(targets: readonly PrometheusTarget[], scrapeIntervalMs: number): Promise<RealPrometheus> {
    const folder = await mkdtemp(join(tmpdir(), 'modelgate-prometheus-'))
    const prometheus = new RealPrometheus(folder, await freePort())
    const config = {
      global: { scrape_interval: `${scrapeIntervalMs}ms`, scrape_timeout: `${scrapeIntervalMs}ms` },
      scrape_configs: [
        { job_name: 'pods', file_sd_configs: [{ files: [join(folder, 'targets.json')], refresh_interval: '1s' }] },
      ],
    }
    // JSON is YAML.
    await writeFile(join(folder, 'prometheus.yml'), JSON.stringify(config))
    await prometheus.setTargets(targets)
    await prometheus.resume()
    return prometheus
  }

  /** Names the targets to scrape from now on; noticed within about a second. */
  async setTargets(targets: readonly PrometheusTarget[]): Promise<void> {
    const groups = targets.map(({ address, labels }) => ({ targets: [address], labels }))
    await writeFile(join(this.#folder, 'targets.json'), JSON.stringify(groups))
  }

  /** Starts it again on the data that it left behind. */
  async resume(): Promise<void> {
    const path = findPrometheus()
    if (path === undefined) throw new Error("Cannot start Prometheus: no 'prometheus' on PATH")
    this.#child = spawn(path, [
      `--config.file=${join(this.#folder, 'prometheus.yml')}`,
      `--storage.tsdb.path=${join(this.#folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${this.#port}`,
      '--log.level=warn',
    ])
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => (this.#log = (this.#log + text).slice(-4_096)))
    for (let attempt = 0; attempt < 300; attempt += 1) {
      if (this.#child.exitCode !== null) throw new Error(`Cannot start Prometheus: ${this.#log}`)
      if (await isReady(this.address)) return
      await wait(100)
    }
    throw new Error(`Cannot start Prometheus: not ready within 30 s: ${this.#log}`)
  }

  /** Ends the process at once, as when its node dies. */
  async kill(): Promise<void> {
    const child = this.#child
    this.#child = undefined
    if (child === undefined || child.exitCode !== null) return
    const ended = once(child, 'exit')
    child.kill('SIGKILL')
    await ended
  }

  /** Ends the process and removes its data. */
  async stop(): Promise<void> {
    await this.kill()
    await rm(this.#folder, { recursive: true, force: true })
  }
}

/** A port that nothing listens on at the moment. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

async function isReady(address: string): Promise<boolean> {
  try {
    return (await fetch(`${address}/-/ready`)).ok
  } catch (error) {
    if (error instanceof TypeError) return false
    throw error
  }
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error) return false
    throw error
  }
}
