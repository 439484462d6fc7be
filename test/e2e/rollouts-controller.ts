import { mkdtempSync } from 'node:fs'
import { join } from 'node:path'
import { freePorts } from './free-port.ts'
import { answers, until } from './poll.ts'
import { childrenOf, type ProcessTable, type StartedProcess } from './process-table.ts'

/** One running Rollouts controller. */
export interface RolloutsController {
  start(): Promise<void>
  /** SIGKILL, as when its node dies. Its plugins are left alone. */
  kill(): Promise<void>
  stop(): Promise<void>
  /** Process ids of the plugins it has started. */
  plugins(): number[]
  logPaths(): readonly string[]
}

/** What a controller is given. */
export interface ControllerSettings {
  readonly name: string
  readonly program: string
  readonly kubeconfig: string
  /** Where its ConfigMap `argo-rollouts-config` is. */
  readonly namespace: string
  /** Empty for the controller that owns everything without an instance. */
  readonly instanceId: string
  /** Folder under which each start gets a fresh working directory. */
  readonly folder: string
  readonly env: Readonly<Record<string, string>>
}

export function createRolloutsController(processes: ProcessTable, settings: ControllerSettings): RolloutsController {
  let running: StartedProcess | undefined
  const logs: string[] = []

  return {
    async start() {
      const [metricsPort, healthPort] = (await freePorts(2)) as [number, number]
      // A fresh folder per start: an orphaned plugin keeps its file busy, and the copy of the next start would fail.
      const cwd = mkdtempSync(join(settings.folder, `${settings.name}-`))
      running = processes.start(
        settings.name,
        settings.program,
        [
          ...['--kubeconfig', settings.kubeconfig, '--metricsPort', `${metricsPort}`, '--healthzPort', `${healthPort}`],
          // The default limits of the client slow rollouts that follow each other closely.
          ...['--qps', '1000', '--burst', '2000', '--leader-elect=false', '--loglevel', 'info'],
          ...(settings.instanceId === '' ? [] : ['--instance-id', settings.instanceId]),
        ],
        { cwd, env: { ...settings.env, POD_NAMESPACE: settings.namespace } },
      )
      logs.push(running.logPath)
      const { ended } = running
      const health = until(
        `controller '${settings.name}' healthy`,
        () => answers(`http://127.0.0.1:${healthPort}/healthz`),
        {
          timeoutMs: 30_000,
        },
      )
      const early = ended.then((code) => {
        throw new Error(
          `Cannot start controller '${settings.name}': it ended with code ${String(code)}, see ${logs.at(-1) ?? ''}`,
        )
      })
      early.catch((error: unknown) => error)
      await Promise.race([health, early])
    },
    async kill() {
      if (running !== undefined) await processes.stop(running, 'SIGKILL')
    },
    async stop() {
      if (running !== undefined) await processes.stop(running)
    },
    plugins: () => (running === undefined ? [] : childrenOf(running.pid)),
    logPaths: () => logs,
  }
}
