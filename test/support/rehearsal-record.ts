import { look, openGate, planGate, type DecisionPolicy, type Window } from '#decision'
import type { ArmRecord, LookRecord, Outcome, RehearsalRecord, StepRecord } from '../../src/rehearsal/record.ts'
import { quantileOf, totalsOf } from '../../src/rehearsal/report/windows.ts'
import { examplePolicy } from './rehearsal-example.ts'
import { Random } from './random.ts'
import { drawWindow, type Behaviour } from './synthetic-traffic.ts'

/** Candidates of the rehearsals that tests and people look at. */
export type Scenario = 'good' | 'drifted' | 'slow' | 'failing'

const STABLE: Behaviour = {
  errors: 0.003,
  medianSeconds: 0.0021,
  classes: { setosa: 0.34, versicolor: 0.33, virginica: 0.33 },
}

const CANDIDATES: Readonly<Record<Scenario, Behaviour>> = {
  good: { ...STABLE, medianSeconds: 0.00208 },
  drifted: { ...STABLE, classes: { setosa: 0.33, versicolor: 0.09, virginica: 0.58 } },
  slow: { ...STABLE, medianSeconds: 0.0052 },
  failing: { ...STABLE, errors: 0.06 },
}

const STARTED_MS = Date.parse('2026-01-01T00:00:00Z')
const WINDOW_MS = 1_000
const HISTORY_WINDOWS = 5
const PAUSE_WINDOWS = 2
const WEIGHTS = [10, 30, 50, 100]
const REQUESTS_PER_WINDOW = 600
/** No scenario needs more; one that did would be a defect of the gate. */
const MAX_WINDOWS = 300

/**
 * A whole rehearsal of synthetic traffic through the real gate, as it looked after each window; the last one is finished.
 * The same seed gives the same records.
 */
export function rehearsalOf(scenario: Scenario, seed = 1, policy: DecisionPolicy = examplePolicy()): RehearsalRecord[] {
  const random = new Random(`rehearsal of ${scenario}, seed ${seed}`)
  const plan = planGate(policy)
  let state = openGate(plan)
  let steps = plannedSteps()
  const windows: Window[] = []
  const looks: LookRecord[] = []
  const records: RehearsalRecord[] = []
  let outcome: Outcome | null = null

  while (outcome === null && windows.length < MAX_WINDOWS) {
    const elapsedMs = (windows.length + 1) * WINDOW_MS
    if (windows.length === HISTORY_WINDOWS) steps = beginRung(steps, elapsedMs - WINDOW_MS)
    const weight = steps.find(({ state: stepState }) => stepState === 'running')?.weight ?? 0
    const at = new Date(STARTED_MS + elapsedMs).toISOString()
    const window = drawWindow(at, weight, REQUESTS_PER_WINDOW, { stable: STABLE, canary: CANDIDATES[scenario] }, random)
    const answer = look(plan, state, window)
    state = answer.state
    windows.push(window)
    looks.push({ atMs: elapsedMs, verdict: answer.verdict })
    if (weight > 0) steps = walk(steps, answer.verdict.verdict, elapsedMs)
    outcome = outcomeOf(steps)
    records.push(recordOf(scenario, steps, windows, looks, outcome))
  }
  return records
}

/** The end of a rehearsal alone. */
export function finishedRehearsal(scenario: Scenario, seed = 1): RehearsalRecord {
  const last = rehearsalOf(scenario, seed).at(-1)
  if (last === undefined) throw new Error(`Cannot rehearse "${scenario}": no window was drawn`)
  return last
}

function plannedSteps(): StepRecord[] {
  return WEIGHTS.flatMap((weight, rung) =>
    [`setWeight ${weight}`, `pause ${PAUSE_WINDOWS} s`, 'analysis modelgate'].map((title, place): StepRecord => ({
      index: rung * 3 + place,
      title,
      weight,
      state: 'waiting',
      startedMs: null,
      finishedMs: null,
    })),
  )
}

/** Passes the first waiting step, a weight, and starts the pause after it. */
function beginRung(steps: readonly StepRecord[], atMs: number): StepRecord[] {
  const first = steps.findIndex(({ state }) => state === 'waiting')
  return steps.map((step, index) => {
    if (index === first) return { ...step, state: 'passed', startedMs: atMs, finishedMs: atMs }
    return index === first + 1 ? { ...step, state: 'running', startedMs: atMs } : step
  })
}

function walk(steps: readonly StepRecord[], verdict: string, atMs: number): StepRecord[] {
  const running = steps.findIndex(({ state }) => state === 'running')
  const step = steps[running]
  if (step === undefined) return [...steps]
  const end = (state: StepRecord['state']) =>
    steps.map((s, i) => (i === running ? { ...step, state, finishedMs: atMs } : s))
  if (verdict === 'fail') {
    return end('failed').map((s) => (s.state === 'waiting' ? { ...s, state: 'skipped' } : s))
  }
  if (step.title.startsWith('pause')) {
    if (atMs - (step.startedMs ?? 0) < PAUSE_WINDOWS * WINDOW_MS) return [...steps]
    return end('passed').map((s, i) => (i === running + 1 ? { ...s, state: 'running', startedMs: atMs } : s))
  }
  if (verdict === 'inconclusive') return end('inconclusive')
  if (verdict !== 'pass') return [...steps]
  const passed = end('passed')
  return passed.some(({ state }) => state === 'waiting') ? beginRung(passed, atMs) : passed
}

function outcomeOf(steps: readonly StepRecord[]): Outcome | null {
  if (steps.some(({ state }) => state === 'failed')) return 'aborted'
  if (steps.some(({ state }) => state === 'inconclusive')) return 'inconclusive'
  return steps.every(({ state }) => state === 'passed') ? 'promoted' : null
}

function recordOf(
  scenario: Scenario,
  steps: readonly StepRecord[],
  windows: readonly Window[],
  looks: readonly LookRecord[],
  outcome: Outcome | null,
): RehearsalRecord {
  const running = steps.findLast(({ startedMs }) => startedMs !== null)
  return {
    rollout: 'iris',
    title: `iris-${scenario}.onnx`,
    stable: arm('stable', 'iris-stable.onnx', '6d4b75cb6d', windows),
    canary: arm('canary', `iris-${scenario}.onnx`, '7f9c5d8b4f', windows),
    weight: outcome === 'aborted' ? 0 : (running?.weight ?? 0),
    phase: outcome !== null ? 'finished' : running === undefined ? 'history' : 'steps',
    startedAt: new Date(STARTED_MS).toISOString(),
    elapsedMs: windows.length * WINDOW_MS,
    steps,
    looks: [...looks],
    windows: [...windows],
    latencyQuantile: 0.95,
    shadow: null,
    notes: [],
    outcome,
    reason: looks.at(-1)?.verdict.reason ?? '',
  }
}

function arm(name: 'stable' | 'canary', model: string, podTemplateHash: string, windows: readonly Window[]): ArmRecord {
  const total = totalsOf(windows.map((window) => window[name]))
  const newest = totalsOf(windows.slice(-5).map((window) => window[name]))
  return {
    model,
    podTemplateHash,
    requests: total.requests,
    errors: total.errors ?? 0,
    requestsPerSecond: newest.requests / ((Math.min(5, windows.length) * WINDOW_MS) / 1_000),
    latencySeconds: newest.latency === null ? null : quantileOf(newest.latency, 0.95),
  }
}
