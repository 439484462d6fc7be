import { machineCpuMs, processCpuMs } from './process-cpu.ts'
import { runClosedLoop } from './closed-loop.ts'
import type { BenchServer } from './servers.ts'

const WARM_UP_MS = 500
const DURATION_MS = 2_000

/** A server and the requests that it is measured with. */
export interface Contender {
  readonly name: string
  readonly server: BenchServer
  readonly path: string
  /** Bodies to post in turn; none for GET. */
  readonly bodies: readonly string[]
}

/** What was measured of one contender. */
export interface Row {
  readonly name: string
  readonly connections: number
  readonly requestsPerSecond: number
  /** Of the slowest round. */
  readonly slowestPerSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly cpuMsPerRequest: number
  /** Cores that neither the server nor the generator used, on average. */
  readonly otherCores: number
}

/**
 * Measures contenders in rounds that alternate between them, and gives each one's best, so that a busy moment of the machine does
 * not decide.
 */
export async function measureAll(
  contenders: readonly Contender[],
  connections: number,
  rounds: number,
): Promise<Row[]> {
  const all: Row[][] = contenders.map(() => [])
  for (let round = 0; round < rounds; round += 1) {
    for (const [i, contender] of contenders.entries()) all[i]!.push(await measure(contender, connections))
  }
  return all.map((rows) => {
    const sorted = rows.toSorted((a, b) => b.requestsPerSecond - a.requestsPerSecond)
    return { ...sorted[0]!, slowestPerSecond: sorted.at(-1)!.requestsPerSecond }
  })
}

async function measure({ name, server, path, bodies }: Contender, connections: number): Promise<Row> {
  const load = { port: server.port, path, bodies, connections }
  await runClosedLoop({ ...load, durationMs: WARM_UP_MS })
  const before = { server: processCpuMs(server.pid), own: ownCpuMs(), machine: machineCpuMs(), atMs: performance.now() }
  const result = await runClosedLoop({ ...load, durationMs: DURATION_MS })
  const elapsedMs = performance.now() - before.atMs
  const serverMs = processCpuMs(server.pid) - before.server
  const otherMs = machineCpuMs() - before.machine - serverMs - (ownCpuMs() - before.own)
  if (result.failures > 0) throw new Error(`Cannot measure ${name}: ${result.failures} requests failed`)
  return {
    name,
    connections,
    requestsPerSecond: result.requestsPerSecond,
    slowestPerSecond: result.requestsPerSecond,
    p50Ms: result.p50Ms,
    p99Ms: result.p99Ms,
    cpuMsPerRequest: serverMs / ((result.requestsPerSecond * elapsedMs) / 1_000),
    otherCores: Math.max(0, otherMs / elapsedMs),
  }
}

function ownCpuMs(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1_000
}
