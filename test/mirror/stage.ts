import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { freePorts } from '../e2e/free-port.ts'
import { answers, until } from '../e2e/poll.ts'
import type { ProcessTable, StartedProcess } from '../e2e/process-table.ts'
import { examplePath } from '../runtime/builders.ts'
import { startModelServer, type ModelServer } from './model-server.ts'
import type { Router, RouterPlan } from './router.ts'

/** The candidate of all checks: it takes two classes for each other. */
export const CANDIDATE = 'swapped'
const START_MS = 30_000

/** What may differ from one check to the next. */
export interface StageOptions extends Pick<RouterPlan, 'share' | 'timeouts'> {
  /** Further options of the comparator. */
  readonly comparatorOptions?: readonly string[]
}

/** A router in front of stable's pod, which mirrors to a comparator. */
export interface Stage {
  readonly origin: string
  readonly stable: ModelServer
  readonly comparator: ModelServer
  readonly routerProcess: StartedProcess
  /** Starts another comparator where the first one was. */
  replaceComparator(): Promise<ModelServer>
  close(): Promise<void>
}

/** Starts the three processes and waits until all of them answer. */
export async function openStage(
  processes: ProcessTable,
  root: string,
  router: Router,
  { share, timeouts, comparatorOptions = [] }: StageOptions,
): Promise<Stage> {
  const folder = mkdtempSync(join(root, 'router-'))
  const [port, stablePort, comparatorPort] = (await freePorts(3)) as [number, number, number]
  const origin = `http://127.0.0.1:${port}`
  const comparing = ['--shadow-stable', examplePath('iris/stable'), ...comparatorOptions]
  const startComparator = () => startModelServer(processes, comparatorPort, CANDIDATE, ...comparing)
  const stable = await startModelServer(processes, stablePort, 'stable')
  const comparator = await startComparator()
  const comparators = [comparator]

  const plan = { port, stable: `127.0.0.1:${stablePort}`, comparator: `127.0.0.1:${comparatorPort}`, share, timeouts }
  const routerProcess = processes.start(router.title, router.binary, router.configure(folder, plan), { cwd: folder })
  await until(`a ready ${router.title}`, () => answers(`${origin}/healthz`), {
    timeoutMs: START_MS,
    describe: () => readFileSync(routerProcess.logPath, 'utf8'),
  })

  return {
    origin,
    stable,
    comparator,
    routerProcess,
    async replaceComparator() {
      const next = await startComparator()
      comparators.push(next)
      return next
    },
    async close() {
      const all = [routerProcess, stable.process, ...comparators.map(({ process }) => process)]
      // A process that is stopped for the moment ends by no other signal.
      await Promise.all(all.map((process) => processes.stop(process, 'SIGKILL')))
      rmSync(folder, { recursive: true })
    },
  }
}
