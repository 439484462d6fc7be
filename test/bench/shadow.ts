// What shadowing costs the users of stable: the same open loop with shadowing off, of a tenth and of all requests, once with a
// candidate like stable and once with one that takes 25 times as long. Rounds alternate, and the canary runs on the same cores,
// which is worse than any cluster: there it has pods of its own.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { perceptron } from '../runtime/onnx-model.ts'
import { Random } from '../support/random.ts'
import { machineCpuMs, processCpuMs } from './serving/process-cpu.ts'
import { FOREST, startModelServer, type BenchServer } from './serving/servers.ts'
import { runOpenLoop } from './shadow/open-loop.ts'

const SHARES = [0, 0.1, 1]
const ROUNDS = 5
const WARM_UP_MS = 500
const DURATION_MS = 3_000
const PIXELS = 784
/** Copies that are still under way when the load ends. */
const SETTLE_MS = 500

interface Scenario {
  readonly name: string
  readonly stable: string
  readonly candidate: string
  readonly bodies: readonly string[]
  readonly requestsPerSecond: number
}

interface Round {
  readonly p50Ms: number
  readonly p99Ms: number
  readonly stableCpuMs: number
  readonly canaryCpuMs: number
  readonly compared: number
  /** Cores that neither of the servers nor the generator used. */
  readonly otherCores: number
}

const iris = fileURLToPath(new URL('../../runtime/examples/iris/', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'modelgate-bench-'))
try {
  await measureScenario({
    name: 'equal candidate: forests of 0.03 ms',
    stable: FOREST,
    candidate: join(iris, 'good.onnx'),
    bodies: readFileSync(join(iris, 'requests.jsonl'), 'utf8').trimEnd().split('\n'),
    requestsPerSecond: 300,
  })
  const [light, heavy] = [makePerceptron('light', 512), makePerceptron('heavy', 3_200)]
  await measureScenario({
    name: 'heavier candidate: perceptrons of 0.1 and 3 ms',
    stable: light,
    candidate: heavy,
    bodies: pictures(32),
    requestsPerSecond: 100,
  })
} finally {
  rmSync(folder, { recursive: true })
}

async function measureScenario(scenario: Scenario): Promise<void> {
  const canary = await startModelServer(scenario.candidate, ['--shadow-accept'])
  const stables: BenchServer[] = []
  try {
    for (const share of SHARES) stables.push(await startStable(scenario, share, canary))
    const rounds: Round[][] = SHARES.map(() => [])
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const [i, stable] of stables.entries()) rounds[i]!.push(await measure(scenario, stable, canary, round))
    }
    report(scenario, rounds)
  } finally {
    for (const server of [...stables, canary]) await server.stop()
  }
}

function startStable({ stable }: Scenario, share: number, { port }: BenchServer): Promise<BenchServer> {
  const to = ['--shadow-to', `http://127.0.0.1:${port}`, '--shadow-share', String(share)]
  return startModelServer(stable, share === 0 ? [] : to)
}

async function measure(scenario: Scenario, stable: BenchServer, canary: BenchServer, round: number): Promise<Round> {
  const random = new Random(`${scenario.name}, round ${round}`)
  const load = { port: stable.port, bodies: scenario.bodies, requestsPerSecond: scenario.requestsPerSecond, random }
  await runOpenLoop({ ...load, durationMs: WARM_UP_MS })
  const before = await readCounters(stable, canary)
  const startMs = performance.now()
  const result = await runOpenLoop({ ...load, durationMs: DURATION_MS })
  const elapsedMs = performance.now() - startMs
  if (result.failures > 0) throw new Error(`Cannot measure ${scenario.name}: ${result.failures} requests failed`)
  const machineMs = machineCpuMs() - before.machineMs
  const ownMs = ownCpuMs() - before.ownMs
  await sleep(SETTLE_MS)
  const after = await readCounters(stable, canary)
  const compared = after.pairs - before.pairs
  const [stableMs, canaryMs] = [after.stableMs - before.stableMs, after.canaryMs - before.canaryMs]
  return {
    p50Ms: result.p50Ms,
    p99Ms: result.p99Ms,
    stableCpuMs: stableMs / result.requests,
    canaryCpuMs: canaryMs / Math.max(1, compared),
    compared: compared / result.requests,
    otherCores: Math.max(0, machineMs - ownMs - stableMs - canaryMs) / elapsedMs,
  }
}

async function readCounters(stable: BenchServer, canary: BenchServer) {
  const page = await (await fetch(`http://127.0.0.1:${canary.port}/metrics`)).text()
  const [, pairs] = /^shadow_pairs_total (\d+)$/m.exec(page) ?? []
  return {
    pairs: Number(pairs),
    stableMs: processCpuMs(stable.pid),
    canaryMs: processCpuMs(canary.pid),
    machineMs: machineCpuMs(),
    ownMs: ownCpuMs(),
  }
}

function report({ name, requestsPerSecond }: Scenario, rounds: readonly (readonly Round[])[]): void {
  process.stdout.write(`\n${name}, ${requestsPerSecond} requests per second, medians of ${ROUNDS} rounds\n`)
  const header = [
    'shadowed',
    'p50 ms',
    'p99 ms',
    'all rounds',
    'stable CPU ms/req',
    'canary CPU ms/pair',
    'compared',
    'other CPU',
  ]
  const lines = rounds.map((list, i) => {
    const of = (pick: (round: Round) => number) => median(list.map(pick))
    const p99 = list.map(({ p99Ms }) => p99Ms)
    return [
      SHARES[i] === 0 ? 'off' : `${100 * SHARES[i]!} %`,
      of(({ p50Ms }) => p50Ms).toFixed(2),
      of(({ p99Ms }) => p99Ms).toFixed(2),
      `${Math.min(...p99).toFixed(1)} to ${Math.max(...p99).toFixed(1)}`,
      of(({ stableCpuMs }) => stableCpuMs).toFixed(3),
      SHARES[i] === 0 ? '' : of(({ canaryCpuMs }) => canaryCpuMs).toFixed(3),
      `${(100 * of(({ compared }) => compared)).toFixed(0)} %`,
      `${of(({ otherCores }) => otherCores).toFixed(1)} cores`,
    ]
  })
  const widths = header.map((_, i) => Math.max(...[header, ...lines].map((line) => line[i]!.length)))
  for (const line of [header, ...lines]) {
    process.stdout.write(`${line.map((cell, i) => cell.padStart(widths[i]!)).join('  ')}\n`)
  }
  const [off = [], , all = []] = rounds
  const floor = median(off.map(({ p99Ms }) => p99Ms))
  const noise = Math.max(...off.map(({ p99Ms }) => Math.abs(p99Ms - floor)))
  const change = median(all.map(({ p99Ms }) => p99Ms)) - floor
  process.stdout.write(
    `shadowing everything moves the p99 by ${change.toFixed(2)} ms; without it rounds differ by up to ${noise.toFixed(2)} ms ` +
      '(goal: within that)\n',
  )
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}

function ownCpuMs(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1_000
}

function makePerceptron(name: string, width: number): string {
  const path = join(folder, `${name}.onnx`)
  writeFileSync(path, perceptron([PIXELS, width, width, 10]))
  return path
}

/** Bodies with made-up points of two decimals. */
function pictures(count: number): string[] {
  return Array.from({ length: count }, (_, picture) => {
    const points = Array.from({ length: PIXELS }, (_point, i) => ((i * 31 + picture * 17) % 100) / 100)
    return JSON.stringify({ inputs: points })
  })
}
