// The model server beside Flask and gunicorn, both serving the same iris forest to 16 connections in a closed loop.
//
// Rounds alternate between the servers and the table shows each one's best, so that a busy moment of the machine does not
// decide. The generator runs on the same cores as the server it measures, and costs the same for each.
import { readFileSync } from 'node:fs'
import { runClosedLoop } from './serving/closed-loop.ts'
import { machineCpuMs, processCpuMs } from './serving/process-cpu.ts'
import { preparePython, startFlask, startModelServer, type BenchServer } from './serving/servers.ts'

const CONNECTIONS = [1, 16, 64]
const COMPARED_CONNECTIONS = 16
const ROUNDS = 3
const WARM_UP_MS = 1_000
const DURATION_MS = 4_000

interface Contender {
  readonly name: string
  readonly server: BenchServer
  readonly path: string
}

interface Row {
  readonly name: string
  readonly connections: number
  readonly requestsPerSecond: number
  readonly slowestPerSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly cpuMsPerRequest: number
  /** Share of the machine's CPU time that neither the server nor the generator used. */
  readonly otherCpu: number
}

const bodies = readFileSync(new URL('../../runtime/examples/iris/requests.jsonl', import.meta.url), 'utf8')
  .trimEnd()
  .split('\n')

await main()

async function main(): Promise<void> {
  const python = preparePython()
  if ('missing' in python) {
    process.stdout.write(`SKIPPED: Flask and gunicorn are not measured: ${python.missing}\n`)
    if (process.env['CI'] === 'true') process.exitCode = 1
  }
  const ours = await startModelServer()
  const flask = 'venv' in python ? await startFlask(python.venv) : undefined
  try {
    const contenders: Contender[] = [{ name: 'modelgate runtime', server: ours, path: '/predict' }]
    if (flask !== undefined) {
      await compareAnswers(ours, flask)
      contenders.push({ name: 'Flask + gunicorn 2x2', server: flask, path: '/predict' })
      contenders.push({ name: '  without the model', server: flask, path: '/without-model' })
    }
    const rows: Row[] = []
    for (const connections of CONNECTIONS) rows.push(...(await measureAll(contenders, connections)))
    report(rows)
  } finally {
    await ours.stop()
    await flask?.stop()
  }
}

/** A comparison of speed is worth nothing where the answers differ. */
async function compareAnswers(...servers: readonly BenchServer[]): Promise<void> {
  for (const body of bodies.slice(0, 100)) {
    const answers = await Promise.all(
      servers.map(async ({ port }) => {
        const headers = { 'content-type': 'application/json' }
        const response = await fetch(`http://127.0.0.1:${port}/predict`, { method: 'POST', body, headers })
        return JSON.stringify(await response.json())
      }),
    )
    if (new Set(answers).size > 1) throw new Error(`Cannot compare: ${body} is answered ${answers.join(' and ')}`)
  }
}

async function measureAll(contenders: readonly Contender[], connections: number): Promise<Row[]> {
  const rounds: Row[][] = contenders.map(() => [])
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [i, contender] of contenders.entries()) rounds[i]!.push(await measure(contender, connections))
  }
  return rounds.map((rows) => {
    const sorted = rows.toSorted((a, b) => b.requestsPerSecond - a.requestsPerSecond)
    return { ...sorted[0]!, slowestPerSecond: sorted.at(-1)!.requestsPerSecond }
  })
}

async function measure({ name, server, path }: Contender, connections: number): Promise<Row> {
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
    otherCpu: Math.max(0, otherMs / elapsedMs),
  }
}

function ownCpuMs(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1_000
}

function report(rows: readonly Row[]): void {
  const header = ['server', 'connections', 'req/s', 'slowest', 'p50 ms', 'p99 ms', 'CPU ms/req', 'other CPU']
  const lines = rows.map((row) => [
    row.name,
    String(row.connections),
    row.requestsPerSecond.toFixed(0),
    row.slowestPerSecond.toFixed(0),
    row.p50Ms.toFixed(2),
    row.p99Ms.toFixed(2),
    row.cpuMsPerRequest.toFixed(3),
    `${row.otherCpu.toFixed(1)} cores`,
  ])
  const widths = header.map((_, i) => Math.max(...[header, ...lines].map((line) => line[i]!.length)))
  const write = (line: readonly string[]) => {
    const cells = line.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!)))
    process.stdout.write(`${cells.join('  ')}\n`)
  }
  process.stdout.write(`serving the iris forest of 200 trees, one row a request, best of ${ROUNDS} rounds\n`)
  write(header)
  for (const line of lines) write(line)
  const [ours, flask, bare] = rows.filter(({ connections }) => connections === COMPARED_CONNECTIONS)
  if (ours === undefined || flask === undefined || bare === undefined) return
  const factor = ours.requestsPerSecond / flask.requestsPerSecond
  const share = 1 - bare.cpuMsPerRequest / flask.cpuMsPerRequest
  process.stdout.write(
    `at ${COMPARED_CONNECTIONS} connections ${factor.toFixed(0)}x Flask's requests per second ` +
      `(goal 100x) and ${(flask.cpuMsPerRequest / ours.cpuMsPerRequest).toFixed(0)}x less CPU per request\n` +
      `${(100 * share).toFixed(0)} % of Flask's CPU per request is scikit-learn's predict for a single row; without it ` +
      `the factor is ${(ours.requestsPerSecond / bare.requestsPerSecond).toFixed(1)}x\n` +
      `the load generator shares the cores with the server; "other CPU" is what the rest of the machine used meanwhile\n`,
  )
}
