// One look of the whole gate, beside the same gate in plain Python on the same windows in the same run. The evidence of both
// has to agree after every window, or the comparison would mean nothing. Processor time is compared, ours with the garbage
// collector and the compiler in it, so that other work on the machine counts for neither.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { z } from 'zod'
import { decisionPolicySchema, look, openGate, planGate, type Arm, type Window } from '#decision'
import { Random } from '../support/random.ts'
import { binomial, multinomial, poisson } from '../support/sampling.ts'

const RUNS = 60
const PEER_RUNS = 5
const WINDOW_MS = 10_000
const START_MS = Date.parse('2026-01-01T00:00:00Z')
const LE = Array.from({ length: 11 }, (_, k) => 0.005 * 2 ** k)
const LATENCY = [0.02, 0.05, 0.1, 0.2, 0.25, 0.18, 0.1, 0.06, 0.03, 0.007, 0.002, 0.001]
const CLASSES = [0.3, 0.2, 0.14, 0.1, 0.08, 0.06, 0.05, 0.04, 0.02, 0.01]
const LABELS = CLASSES.map((_, k) => `class-${k}`)
const STEPS = [0, 10, 30, 50] as const
const WINDOWS_A_STEP = 60
const REQUESTS = 1_000

const policy = decisionPolicySchema.parse({
  signals: {
    errorRate: { max: 0.02 },
    latency: { quantile: 0.95, max: '640ms' },
    predictionDrift: {},
    shadow: { maxDisagreement: 0.01 },
  },
})

function drawArm(random: Random, requests: number): Arm {
  const predictions = multinomial(random, requests, CLASSES)
  return {
    requests,
    errors: binomial(random, requests, 0.005),
    latency: { le: LE, counts: multinomial(random, requests, LATENCY) },
    predictions: Object.fromEntries(LABELS.map((label, k) => [label, predictions[k]!])),
  }
}

/** A healthy rollout: 12 latency buckets, 10 classes, 100 requests a second, 20 pairs a second. */
function drawRollout(random: Random): Window[] {
  return STEPS.flatMap((weight, step) =>
    Array.from({ length: WINDOWS_A_STEP }, (_, i): Window => {
      const requests = poisson(random, REQUESTS)
      const toCanary = binomial(random, requests, weight / 100)
      return {
        at: new Date(START_MS + (step * WINDOWS_A_STEP + i) * WINDOW_MS).toISOString(),
        weight,
        ...(weight > 0 && { canary: drawArm(random, toCanary) }),
        stable: drawArm(random, requests - toCanary),
        shadow: { pairs: 200, disagreements: binomial(random, 200, 0.003), canaryOnlyErrors: 0, stableOnlyErrors: 0 },
      }
    }),
  )
}

interface Measured {
  readonly microsPerLook: readonly number[]
  readonly logE: readonly number[]
  readonly verdict: string
}

function measure(windows: readonly Window[]): Measured {
  const plan = planGate(policy)
  const microsPerLook: number[] = []
  const logE: number[] = []
  let verdict = ''
  for (let run = 0; run < RUNS; run += 1) {
    let state = openGate(plan)
    const start = process.cpuUsage()
    for (const [i, window] of windows.entries()) {
      const answer = look(plan, state, window)
      state = answer.state
      logE[i] = answer.verdict.logE
      verdict = answer.verdict.verdict
    }
    const used = process.cpuUsage(start)
    microsPerLook.push((used.user + used.system) / windows.length)
  }
  return { microsPerLook, logE, verdict }
}

const answerSchema = z.strictObject({
  microsPerLook: z.array(z.number()).min(1),
  logE: z.array(z.number()),
  verdict: z.string(),
})

function measurePeer(windows: readonly Window[]): Measured | null {
  const job = {
    runs: PEER_RUNS,
    windows,
    atMs: windows.map(({ at }) => Date.parse(at)),
    le: LE,
    labels: LABELS,
    errorMax: 0.02,
    quantile: 0.95,
    maxSeconds: 0.64,
    maxDisagreement: 0.01,
  }
  const peer = spawnSync('python3', [join(import.meta.dirname, 'gate.py')], {
    input: JSON.stringify(job),
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  })
  if (peer.error !== undefined) return null
  if (peer.status !== 0) throw new Error(`Cannot run the peer: ${peer.stderr}`)
  return answerSchema.parse(JSON.parse(peer.stdout))
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!
}

const windows = drawRollout(new Random('bench gate'))
const ours = measure(windows)
const peer = measurePeer(windows)
const again = measure(windows)
const best = Math.min(...ours.microsPerLook, ...again.microsPerLook)
const typical = median([...ours.microsPerLook.slice(RUNS / 2), ...again.microsPerLook.slice(RUNS / 2)])
const line = (name: string, middle: number, least: number) =>
  `  ${name.padEnd(40)} ${middle.toFixed(1).padStart(10)} us ${least.toFixed(1).padStart(10)} us\n`

process.stdout.write(
  `one look of the whole gate: errors, 12 latency buckets, 10 classes, shadow, objectives; ${windows.length} windows\n` +
    `  ${' '.repeat(40)} ${'median'.padStart(10)}    ${'best'.padStart(10)}\n` +
    line('modelgate, texts and intervals included', typical, best),
)
if (peer === null) {
  process.stdout.write("  SKIPPED: the peer in Python, because 'python3' cannot be run\n")
} else {
  const middle = median(peer.microsPerLook)
  const least = Math.min(...peer.microsPerLook)
  const difference = Math.max(...peer.logE.map((logE, i) => Math.abs(logE - ours.logE[i]!)))
  process.stdout.write(
    line('the same gate in Python', middle, least) +
      `  ${'times as fast'.padEnd(40)} ${(middle / typical).toFixed(1).padStart(10)}    ${(least / best).toFixed(1).padStart(10)}\n` +
      `  last verdict "${ours.verdict}" and "${peer.verdict}"; log evidence differs by at most ${difference.toExponential(1)}\n`,
  )
  if (!(difference < 1e-9) || peer.verdict !== ours.verdict) process.exitCode = 1
}
