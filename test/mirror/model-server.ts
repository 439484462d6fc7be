import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { answers, until } from '../e2e/poll.ts'
import type { ProcessTable, StartedProcess } from '../e2e/process-table.ts'
import { examplePath } from '../runtime/builders.ts'

const LAUNCHER = join(import.meta.dirname, '../../src/launcher.mjs')
const START_MS = 60_000

/** A real model server in a process of its own. */
export interface ModelServer {
  readonly port: number
  readonly process: StartedProcess
  /** The sum of the series of a metric at this moment; 0 where there is none. */
  total(metric: string): Promise<number>
}

/** Starts `modelgate runtime` with one of the iris models. */
export async function startModelServer(
  processes: ProcessTable,
  port: number,
  model: string,
  ...options: string[]
): Promise<ModelServer> {
  const origin = `http://127.0.0.1:${port}`
  const command = ['runtime', '--model', examplePath(`iris/${model}`), '--host', '127.0.0.1', '--port', String(port)]
  const args = [LAUNCHER, ...command, '--warm-up', '20ms', ...options]
  const process = processes.start(`runtime-${model}`, globalThis.process.execPath, args)
  await until('a ready model server', () => answers(`${origin}/readyz`), {
    timeoutMs: START_MS,
    describe: () => readFileSync(process.logPath, 'utf8'),
  })
  return {
    port,
    process,
    async total(metric) {
      const page = await (await fetch(`${origin}/metrics`)).text()
      return page
        .split('\n')
        .filter((line) => line.startsWith(`${metric} `) || line.startsWith(`${metric}{`))
        .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0)
    },
  }
}
